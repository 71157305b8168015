# The parts of Kubernetes that the lab plays: the kubelet (a pod's namespace, the CNI calls, the pod's status), the endpoint
# controller (EndpointSlices) and kube-proxy (a few DNAT rules).

# pod_up NODE NAMESPACE NAME LABEL [ANNOTATIONS-JSON]: a pod with a small web server. Its address is left in $pod_address.
pod_up() {
  local node=$1 namespace=$2 name=$3 app=$4 annotations=${5:-'{}'} result
  jq -n --arg ns "$namespace" --arg name "$name" --arg app "$app" --arg node "$node" --argjson annotations "$annotations" \
    '{apiVersion: "v1", kind: "Pod", metadata: {name: $name, namespace: $ns, labels: {app: $app}, annotations: $annotations},
      spec: {nodeName: $node, containers: [{name: $app, image: $app}]}}' >"$state/pod.json"
  ctl "$node" apply -f "$state/pod.json" >/dev/null || return 1

  ip netns add "$lab-$name" || return 1
  ip -n "$lab-$name" link set lo up
  result=$(cni_call ADD "$node" "$namespace" "$name") || { echo "CNI ADD of $name failed: $result" >&2; return 1; }
  pod_address=$(jq -r '.ips[0].address | split("/")[0]' <<<"$result")

  mkdir -p "$state/www/$name"
  echo "Welcome to $name" >"$state/www/$name/index.html"
  nsenter --net="/run/netns/$lab-$name" -- setsid busybox httpd -f -p 80 -h "$state/www/$name" </dev/null >/dev/null 2>&1 &
  echo $! >"$state/www/$name.pid"
  ctl "$node" patch pod "$name" -n "$namespace" -p \
    "{\"status\": {\"phase\": \"Running\", \"podIP\": \"$pod_address\", \"podIPs\": [{\"ip\": \"$pod_address\"}]}}" >/dev/null
}

# pod_down NODE NAMESPACE NAME: what the kubelet does when a pod is deleted.
pod_down() {
  local node=$1 namespace=$2 name=$3 result
  stop_pid "$state/www/$name.pid"
  result=$(cni_call DEL "$node" "$namespace" "$name") || { echo "CNI DEL of $name failed: $result" >&2; return 1; }
  ip netns delete "$lab-$name"
  ctl "$node" delete pod "$name" -n "$namespace" >/dev/null
}

# cni_call VERB NODE NAMESPACE NAME: executes the plugin as a container runtime does, and as the kubelet does again while it says
# "try again later" (11) or "not available" (50).
cni_call() {
  local deadline=$((SECONDS + patience)) result
  until result=$(cni_once "$@"); do
    if [ "$SECONDS" -ge "$deadline" ] || ! jq -e '.code == 11 or .code == 50' <<<"$result" >/dev/null 2>&1; then echo "$result"; return 1; fi
    sleep 0.2
  done
  echo "$result"
}

cni_once() {
  local verb=$1 node=$2 namespace=$3 name=$4 container
  container=$(sha256sum <<<"$lab/$namespace/$name" | cut -c1-64)
  jq -n --arg socket "$state/$node/agent.sock" \
    '{cniVersion: "1.0.0", name: "k8s-pod-network", type: "calico", agent_socket: $socket, ipam: {type: "calico-ipam"}, policy: {type: "k8s"}}' |
    CNI_COMMAND=$verb CNI_CONTAINERID=$container CNI_NETNS=/run/netns/$lab-$name CNI_IFNAME=eth0 CNI_PATH=$(dirname "$cni") \
      CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAMESPACE=$namespace;K8S_POD_NAME=$name" in_namespace "$node" "$cni"
}

# endpoints SERVICE NAMESPACE NODE:ADDRESS...: what the endpoint controller writes for a Service.
endpoints() {
  local service=$1 namespace=$2; shift 2
  local each list='[]'
  for each in "$@"; do
    list=$(jq --arg node "${each%%:*}" --arg address "${each##*:}" \
      '. + [{addresses: [$address], nodeName: $node, conditions: {ready: true}}]' <<<"$list")
  done
  jq -n --arg service "$service" --arg ns "$namespace" --argjson endpoints "$list" \
    '{apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4",
      metadata: {name: ($service + "-1"), namespace: $ns, labels: {"kubernetes.io/service-name": $service}},
      endpoints: $endpoints, ports: [{port: 80, protocol: "TCP"}]}' >"$state/slice.json"
  ctl node1 apply -f "$state/slice.json" >/dev/null
}

# kube_proxy ADDRESS POD-ADDRESS: kube-proxy's part on every node, DNAT from a Service's address to its pod.
kube_proxy() {
  local service=$1 pod=$2 node
  for node in "${nodes[@]}"; do
    in_namespace "$node" nft -f - <<EOF
table ip kube-proxy-part {
  chain prerouting { type nat hook prerouting priority dstnat; }
  chain postrouting { type nat hook postrouting priority srcnat; }
}
add rule ip kube-proxy-part prerouting ip daddr $service tcp dport 80 dnat to $pod:80
add rule ip kube-proxy-part postrouting ct original ip daddr $service ip daddr $pod masquerade
EOF
  done
}
