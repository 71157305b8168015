# Lab 001: two pools, deployments pinned to them by annotation, and what that does to the nodes' routes.

lab_title "Lab 001: IPAM, two pools"

may_also=('  creationTimestamp: *' '  assignmentMode: Automatic')
pool_document() { ctl node1 get ippool "$1" -o yaml | without_versions; }
listing "a pool is shown as a document" "node1\$ calicoctl get ippool default-ipv4-ippool -o yaml" \
"apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: default-ipv4-ippool
  resourceVersion: \"N\"
  uid: U
spec:
  allowedUses:
  - Workload
  - Tunnel
  blockSize: 26
  cidr: 100.96.0.0/11
  ipipMode: Never
  natOutgoing: true
  nodeSelector: all()
  vxlanMode: Never" \
  pool_document default-ipv4-ippool

does "two pools are applied" "node1\$ calicoctl apply -f 2.3-ippools.yaml" \
  "Successfully applied 2 'IPPool' resource(s)" \
  ctl node1 apply -f "$repository/demo/manifests/yaobank-pools.yaml"

table "get ippools lists them" "node1\$ calicoctl get ippools pool1-ipv4-ippool; calicoctl get ippools pool2-ipv4-ippool" \
"NAME                CIDR           SELECTOR   
pool1-ipv4-ippool   10.48.0.0/17   all()      

NAME                CIDR             SELECTOR   
pool2-ipv4-ippool   10.48.128.0/17   all()      " \
  eval 'ctl node1 get ippools pool1-ipv4-ippool; ctl node1 get ippools pool2-ipv4-ippool'

does "the namespace and its services are applied" "node1\$ agentctl apply -f 2.3-yaobank-ipam.yaml" \
  "Successfully applied 4 resource(s)" \
  ctl node1 apply -f "$repository/demo/manifests/yaobank.yaml"

pinned() { jq -nc --arg pool "$1" '{"cni.projectcalico.org/ipv4pools": ([$pool] | tostring)}'; }
pod_up node2 yaobank customer customer "$(pinned pool1-ipv4-ippool)"; customer=$pod_address
pod_up node3 yaobank database database "$(pinned pool2-ipv4-ippool)"; database=$pod_address
pod_up node3 yaobank summary1 summary "$(pinned pool2-ipv4-ippool)"; summary1=$pod_address
pod_up node1 yaobank summary2 summary "$(pinned pool2-ipv4-ippool)"; summary2=$pod_address

echo; echo "node1\$ agentctl get pod -n yaobank -o wide"
ctl node1 get pod -n yaobank -o wide | sed 's/^/   /'
in_pool1() { [[ $1 =~ ^10\.48\.([0-9]+)\. ]] && [ "${BASH_REMATCH[1]}" -lt 128 ]; }
in_pool2() { [[ $1 =~ ^10\.48\.([0-9]+)\. ]] && [ "${BASH_REMATCH[1]}" -ge 128 ]; }
if in_pool1 "$customer" && in_pool2 "$database" && in_pool2 "$summary1" && in_pool2 "$summary2"; then
  passed "each deployment's pods have addresses of the pool that its annotation names"
else
  failed "each deployment's pods have addresses of the pool that its annotation names"
fi

may_also=('default via 10.0.0.1 dev eth0 ' '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.* ' '1.1.1.1 via *' '10.10.10.10 via *'
  '100.*' 'blackhole 100.*' '198.19.*' 'blackhole 198.19.*')
listing "node2 has the customer's block as a blackhole and the others' via their nodes" "node2\$ ip route" \
"$(by_prefix "$customer dev $(device_of yaobank customer) scope link 
blackhole $(block_of "$customer" 26) proto bird 
$(block_of "$summary2" 26) via 10.0.0.10 dev eth0 proto bird 
$(block_of "$database" 26) via 10.0.0.12 dev eth0 proto bird ")" \
  sorted_route_list node2

reaches "a pod's web page is reached from another node's pod" summary2 "http://$customer/" "Welcome to customer"
