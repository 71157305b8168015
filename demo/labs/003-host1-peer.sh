# Lab 003: address ranges, pools, and a peering with host1 inside of the cluster's own AS. It comes before lab 002, which needs it.

lab_title "Lab 003: pools and the peering with host1"

table "get ippools shows all ranges" "node1\$ calicoctl get ippools" \
"NAME                  CIDR             SELECTOR   
default-ipv4-ippool   100.96.0.0/11    all()      
external-pool         198.19.24.0/21   !all()     
pool1-ipv4-ippool     10.48.0.0/17     all()      
pool2-ipv4-ippool     10.48.128.0/17   all()      " \
  ctl node1 get ippools

echo; echo "node1\$ cat <<EOF | calicoctl apply -f -"
sed 's/^/   /' "$repository/demo/manifests/host1-peer.yaml"
apply_from_stdin() { ctl "$1" apply -f - <"$2"; }
does "the peering with host1 is applied from standard input" "EOF" \
  "Successfully applied 1 'BGPPeer' resource(s)" \
  apply_from_stdin node1 "$repository/demo/manifests/host1-peer.yaml"

# The restarts at the end must come back to this.
node1_status="Calico process is running.

IPv4 BGP status
+--------------+-------------------+-------+----------+-------------+
| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |    INFO     |
+--------------+-------------------+-------+----------+-------------+
| 10.0.0.11    | node-to-node mesh | up    | HH:MM:SS | Established |
| 10.0.0.12    | node-to-node mesh | up    | HH:MM:SS | Established |
| 10.0.0.1     | global            | up    | HH:MM:SS | Established |
| 10.0.0.20    | global            | up    | HH:MM:SS | Established |
+--------------+-------------------+-------+----------+-------------+

IPv6 BGP status
No IPv6 peers found."
table "node status on node1 shows both routers" "node1\$ sudo calicoctl node status" "$node1_status" \
  ctl node1 node status

reaches "host1 reaches the nginx pod" host1 "http://$nginx/" "Welcome to nginx"

echo; echo "node2\$ ip -c link show up dev $(device_of external-ns nginx)"
link=$(in_namespace node2 ip link show up dev "$(device_of external-ns nginx)" 2>&1); sed 's/^/   /' <<<"$link"
if grep -q 'link/ether ee:ee:ee:ee:ee:ee' <<<"$link"; then passed "the host end of a pod's link has Calico's address"; else failed "the host end of a pod's link has Calico's address"; fi

may_also=()
listing "a pod sees one gateway, 169.254.1.1" "nginx\$ ip route" \
"default via 169.254.1.1 dev eth0 
169.254.1.1 dev eth0 scope link " \
  in_namespace nginx ip route

table "ipam show counts what is in use" "node1\$ calicoctl ipam show" \
"+----------+----------------+------------+------------+-------------------+
| GROUPING |      CIDR      | IPS TOTAL  | IPS IN USE |     IPS FREE      |
+----------+----------------+------------+------------+-------------------+
| IP Pool  | 100.96.0.0/11  | 2.0972e+06 | 3 (0%)     | 2.0971e+06 (100%) |
| IP Pool  | 198.19.24.0/21 |       2048 | 1 (0%)     | 2047 (100%)       |
| IP Pool  | 10.48.0.0/17   |      32768 | 1 (0%)     | 32767 (100%)      |
| IP Pool  | 10.48.128.0/17 |      32768 | 3 (0%)     | 32765 (100%)      |
+----------+----------------+------------+------------+-------------------+" \
  ctl node1 ipam show

echo; echo "node1\$ calicoctl ipam show --show-blocks"
blocks=$(ctl node1 ipam show --show-blocks); sed 's/^/   /' <<<"$blocks"
shown=0
for block in "$block_node1" "$block_node2" "$block_node3" "$nginx_block" "$(block_of "$customer" 26)" "$(block_of "$database" 26)" "$(block_of "$summary2" 26)"; do
  grep -qE "^\| Block +\| ${block//./\\.} " <<<"$blocks" && shown=$((shown + 1))
done
if [ "$shown" -eq 7 ]; then passed "ipam show --show-blocks lists every block"; else failed "ipam show --show-blocks lists every block" "$shown of 7"; fi

echo; echo "node1\$ calicoctl ipam show --ip=$nginx"
owner=$(ctl node1 ipam show --ip="$nginx"); sed 's/^/   /' <<<"$owner"
if grep -q "^IP $nginx is in use" <<<"$owner" && grep -q 'pod: nginx' <<<"$owner" && grep -q 'node: node2' <<<"$owner"; then
  passed "ipam show --ip names the pod and the node"
else
  failed "ipam show --ip names the pod and the node"
fi
