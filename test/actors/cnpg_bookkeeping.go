package actors

import "fmt"

// bookkeeping is what the operator of CloudNativePG notes in the status for itself, as soon as it knows a Cluster: also of
// one that waits for its ObjectStore.
func bookkeeping(o *object) {
	name, namespace := o.GetName(), o.GetNamespace()
	image := first(text(o, "spec", "imageName"), "ghcr.io/cloudnative-pg/postgresql:17")
	const hash = "80646aee9b74a8cba2277927a5c37d6899025befcac64bbf456c3f7ac8c072e6"
	expires := "2027-02-21 12:15:12 +0000 UTC"
	var hosts []any
	for _, service := range []string{"-rw", "-r", "-ro"} {
		for _, suffix := range []string{"", "." + namespace, "." + namespace + ".svc", "." + namespace + ".svc.cluster.local"} {
			hosts = append(hosts, name+service+suffix)
		}
	}
	for path, value := range map[string]any{
		"availableArchitectures":         []any{map[string]any{"goArch": "amd64", "hash": hash}},
		"cloudNativePGOperatorHash":      hash,
		"operatorCertificateFingerprint": "74ee782f78f6e0d2f8e03d838ec9b1c12472799cc96818fbe57de9fda3242187",
		"configMapResourceVersion":       map[string]any{"metrics": map[string]any{"cnpg-default-monitoring": "1"}},
		"image":                          image,
		"pgDataImageInfo":                map[string]any{"image": image, "majorVersion": int64(17)},
		"secretsResourceVersion": map[string]any{
			"applicationSecretVersion": "1", "clientCaSecretVersion": "1", "replicationSecretVersion": "1", "serverCaSecretVersion": "1", "serverSecretVersion": "1",
		},
		"certificates": map[string]any{
			"clientCASecret": name + "-ca", "serverCASecret": name + "-ca",
			"serverTLSSecret": name + "-server", "replicationTLSSecret": name + "-replication",
			"serverAltDNSNames": hosts,
			"expirations":       map[string]any{name + "-ca": expires, name + "-replication": expires, name + "-server": expires},
		},
	} {
		set(o, value, "status", path)
	}
}

// report is what instances say of themselves, and where they run: all on one node.
func report(o *object, count int64) {
	state, places := map[string]any{}, map[string]any{}
	for i := range count {
		name := fmt.Sprintf("%s-%d", o.GetName(), i+1)
		state[name] = map[string]any{"ip": fmt.Sprintf("192.0.2.%d", i+1), "isPrimary": name == text(o, "status", "currentPrimary"), "timeLineID": number(o, "status", "timelineID")}
		places[name] = map[string]any{}
	}
	set(o, state, "status", "instancesReportedState")
	set(o, places, "status", "topology", "instances")
	set(o, int64(1), "status", "topology", "nodesUsed")
}
