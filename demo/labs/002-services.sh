# Lab 002: Services announced over BGP, seen from host1, which does not belong to the cluster.

lab_title "Lab 002: service advertisement, seen from host1"

may_also=('default via 10.0.0.1 dev eth0 ' '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.20 ' '100.* via 10.0.0.1? dev eth0 proto bird ' '10.48.* via 10.0.0.1? dev eth0 proto bird ')
listing "host1 has the pod's block from its node only" "host1\$ ip route" \
  "$nginx_block via 10.0.0.11 dev eth0 proto bird " \
  sorted_route_list host1

endpoints customer yaobank "node2:$customer"
endpoints database yaobank "node3:$database"
endpoints summary yaobank "node3:$summary1" "node1:$summary2"
kube_proxy 10.49.50.18 "$customer"
kube_proxy 10.50.0.10 "$customer"

does "the BGPConfiguration is applied" "node1\$ calicoctl apply -f 3.2-default-bgp.yaml" \
  "Successfully applied 1 'BGPConfiguration' resource(s)" \
  ctl node1 apply -f "$repository/demo/manifests/default-bgp.yaml"

may_also=('  creationTimestamp: *')
configuration() { ctl node1 get bgpconfig default -o yaml | without_versions; }
listing "get bgpconfig shows serviceClusterIPs" "node1\$ calicoctl get bgpconfig default -o yaml" \
'apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata:
  name: default
  resourceVersion: "N"
  uid: U
spec:
  serviceClusterIPs:
  - cidr: 10.49.0.0/16' \
  configuration

cluster_range="10.49.0.0/16 proto bird 
	nexthop via 10.0.0.10 dev eth0 weight 1 
	nexthop via 10.0.0.11 dev eth0 weight 1 
	nexthop via 10.0.0.12 dev eth0 weight 1 "
external_range="10.50.0.0/24 proto bird 
	nexthop via 10.0.0.10 dev eth0 weight 1 
	nexthop via 10.0.0.11 dev eth0 weight 1 
	nexthop via 10.0.0.12 dev eth0 weight 1 "
may_also=('default via 10.0.0.1 dev eth0 ' '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.20 ' '100.* via 10.0.0.1? dev eth0 proto bird ' '10.48.* via 10.0.0.1? dev eth0 proto bird ' '198.19.* via 10.0.0.1? dev eth0 proto bird ')
listing "the cluster range comes from every node (ECMP)" "host1\$ ip route" "$cluster_range" in_namespace host1 ip route

service_listing() { ctl node1 get svc -n yaobank "$@" | sed -E 's/ +$//; s/[0-9]+[smhd]([0-9]+[smhd])?$/AGE/' | sed '/^$/d'; }
table "get svc shows the cluster IP" "node1\$ agentctl get svc -n yaobank customer" \
"NAME       TYPE       CLUSTER-IP    EXTERNAL-IP   PORT(S)        AGE
customer   NodePort   10.49.50.18   <none>        80:30180/TCP   AGE" \
  service_listing customer

reaches "host1 reaches the cluster IP" host1 http://10.49.50.18/ "Welcome to customer"

does "externalTrafficPolicy: Local is patched in" "node1\$ agentctl patch svc -n yaobank customer -p '{\"spec\":{\"externalTrafficPolicy\":\"Local\"}}'" \
  "Successfully patched 1 'Service' resource" \
  ctl node1 patch svc -n yaobank customer -p '{"spec":{"externalTrafficPolicy":"Local"}}'

listing "the /32 comes from the owner's node only" "host1\$ ip route" \
"$cluster_range
10.49.50.18 via 10.0.0.11 dev eth0 proto bird " \
  in_namespace host1 ip route

reaches "host1 still reaches the cluster IP" host1 http://10.49.50.18/ "Welcome to customer"

does "serviceExternalIPs are patched in" "node1\$ calicoctl patch BGPConfig default --patch '{\"spec\": {\"serviceExternalIPs\": [{\"cidr\": \"10.50.0.0/24\"}]}}'" \
  "Successfully patched 1 'BGPConfiguration' resource" \
  ctl node1 patch BGPConfig default --patch '{"spec": {"serviceExternalIPs": [{"cidr": "10.50.0.0/24"}]}}'

table "get svc lists all services" "node1\$ agentctl get svc -n yaobank" \
"NAME       TYPE        CLUSTER-IP      EXTERNAL-IP   PORT(S)        AGE
customer   NodePort    10.49.50.18     <none>        80:30180/TCP   AGE
database   ClusterIP   10.49.238.135   <none>        2379/TCP       AGE
summary    ClusterIP   10.49.213.58    <none>        80/TCP         AGE" \
  service_listing

listing "the external range comes from every node" "host1\$ ip route" \
"$cluster_range
10.49.50.18 via 10.0.0.11 dev eth0 proto bird 
$external_range" \
  in_namespace host1 ip route

does "the external IP is assigned" "node1\$ agentctl patch svc -n yaobank customer -p '{\"spec\": {\"externalIPs\": [\"10.50.0.10\"]}}'" \
  "Successfully patched 1 'Service' resource" \
  ctl node1 patch svc -n yaobank customer -p '{"spec": {"externalIPs": ["10.50.0.10"]}}'

table "get svc shows the external IP" "node1\$ agentctl get svc -n yaobank -l app=customer" \
"NAME       TYPE       CLUSTER-IP    EXTERNAL-IP   PORT(S)        AGE
customer   NodePort   10.49.50.18   10.50.0.10    80:30180/TCP   AGE" \
  service_listing -l app=customer

listing "the external IP comes from the owner's node" "host1\$ ip route" \
"$cluster_range
10.49.50.18 via 10.0.0.11 dev eth0 proto bird 
$external_range
10.50.0.10 via 10.0.0.11 dev eth0 proto bird " \
  in_namespace host1 ip route

reaches "host1 reaches the external IP" host1 http://10.50.0.10/ "Welcome to customer"
