#!/bin/bash
# Process 1 of the node, in pid, mount, net, uts and ipc namespaces of its own: whoever ends it ends every process, mount,
# link and rule of the node. Started by this package only, with NAME, STATE, STORE and LIFETIME set.
set -u
[ $$ = 1 ] || { echo "this is started by e2e" >&2; exit 2; }
export HOME=/root PATH=$STATE/bin:$PATH
log=$STATE/log pki=$STATE/pki config=$STATE/kubeconfig ip=10.77.0.1

mount --make-rprivate / && mount -t proc proc /proc || exit 1
awk '$5 ~ "^/run/netns/" {print $5}' /proc/self/mountinfo | xargs -r umount
# containerd's shims, CNI and the kubelet write here, wherever their state is: keep it off the host.
for dir in /run /var/log /var/lib/cni; do mkdir -p $dir && mount -t tmpfs tmpfs $dir || exit 1; done
mount --make-rshared / || exit 1
hostname lab
ip link set lo up
# The address is on a pair of links that lead to each other, and so does the default route: nothing leaves the machine.
ip link add n0 type veth peer name n0p && ip link set n0 up && ip link set n0p up || exit 1
ip addr add $ip/24 dev n0 && ip route add default dev n0 || exit 1
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.ip_unprivileged_port_start=80 net.ipv6.conf.all.disable_ipv6=1
sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null # where the kernel has it

# The registry serves the cached images, and keeps what the stories push to itself.
mkdir -p "$STATE"/registry/{upper,work,merged}
mount -t overlay overlay -o "lowerdir=$STORE,upperdir=$STATE/registry/upper,workdir=$STATE/registry/work" "$STATE/registry/merged" || exit 1

start() { local name=$1; shift; "$@" >"$log/$name.log" 2>&1 & }

start registry registry serve "$STATE/etc/registry.yaml"
start etcd etcd --data-dir "$STATE/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster default=http://127.0.0.1:2380
start kube-apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --advertise-address=$ip --secure-port=6443 \
  --tls-cert-file=$pki/apiserver.crt --tls-private-key-file=$pki/apiserver.key --client-ca-file=$pki/ca.crt \
  --kubelet-client-certificate=$pki/kubelet-client.crt --kubelet-client-key=$pki/kubelet-client.key \
  --kubelet-certificate-authority=$pki/ca.crt --kubelet-preferred-address-types=InternalIP \
  --service-account-key-file=$pki/sa.pub --service-account-signing-key-file=$pki/sa.key \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local --service-cluster-ip-range=10.96.0.0/16 \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
  --audit-policy-file="$STATE/etc/audit-policy.yaml" --audit-log-path="$STATE/log/audit.log" --audit-log-maxsize=1000
start containerd containerd -c "$STATE/etc/containerd.toml"
start s3 versitygw --access lab --secret lab-secret-key --port $ip:7070 posix "$STATE/s3"
# It looks for the hosts of challenges as the internet would, which here is the cluster's DNS.
PEBBLE_VA_NOSLEEP=1 start acme pebble -config "$STATE/etc/pebble.json" -dnsserver 10.96.0.10:53
start git e2e git --root "$STATE/git" --address $ip:3000 --certificate $pki/git.crt --key $pki/git.key

ready() { kubectl --kubeconfig "$config/admin" get --raw /readyz >/dev/null 2>&1; }
for _ in $(seq 240); do ready && break; sleep 0.25; done
start kube-controller-manager kube-controller-manager --kubeconfig=$config/kcm --authentication-kubeconfig=$config/kcm \
  --authorization-kubeconfig=$config/kcm --bind-address=127.0.0.1 --use-service-account-credentials=true \
  --service-account-private-key-file=$pki/sa.key --root-ca-file=$pki/ca.crt --cluster-signing-cert-file=$pki/ca.crt \
  --cluster-signing-key-file=$pki/ca.key --leader-elect=false --allocate-node-cidrs=false
start kube-scheduler kube-scheduler --kubeconfig=$config/scheduler --authentication-kubeconfig=$config/scheduler \
  --authorization-kubeconfig=$config/scheduler --bind-address=127.0.0.1 --leader-elect=false
start kubelet kubelet --config="$STATE/etc/kubelet.yaml" --kubeconfig=$config/kubelet --root-dir="$STATE/kubelet" \
  --hostname-override=lab --node-ip=$ip --v=1
start updater e2e updater --kubeconfig "$config/admin" --state "$STATE"
start kube-proxy kube-proxy --config="$STATE/etc/kube-proxy.yaml" --v=1
ready && touch "$STATE/run/up"

# bash reaps the children. A node that nobody ends, ends by itself.
end=$(($(date +%s) + LIFETIME))
while [ "$(date +%s)" -lt $end ]; do sleep 2; done
