package actors

// archive is where a Cluster's plugin keeps its WAL and backups.
type archive struct {
	store      string // name of the ObjectStore
	server     string
	isArchiver bool
}

// archiveOf is false for a Cluster without the plugin.
func archiveOf(cluster *object) (archive, bool) {
	for _, plugin := range items(cluster, "spec", "plugins") {
		if plugin["name"] != barmanPlugin || plugin["enabled"] == false {
			continue
		}
		return newArchive(plugin, cluster.GetName()), true
	}
	return archive{}, false
}

// originOf is the archive that a Cluster is recovered from, false if it is not.
func originOf(cluster *object) (archive, bool) {
	source := text(cluster, "spec", "bootstrap", "recovery", "source")
	for _, external := range items(cluster, "spec", "externalClusters") {
		plugin, ok := external["plugin"].(map[string]any)
		if ok && source != "" && external["name"] == source {
			return newArchive(plugin, source), true
		}
	}
	return archive{}, false
}

func newArchive(plugin map[string]any, server string) archive {
	store, _ := field(plugin, "parameters", "barmanObjectName").(string)
	if given, ok := field(plugin, "parameters", "serverName").(string); ok && given != "" {
		server = given
	}
	return archive{store, server, plugin["isWALArchiver"] == true}
}

// claim says whether the Cluster is the first at its place in the bucket. Another's archive there stops all
// archiving: "Expected empty archive".
func (c *CNPG) claim(store *object, a archive, cluster *object) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	place := text(store, "spec", "configuration", "destinationPath") + "/" + a.server
	if _, taken := c.archives[place]; !taken {
		c.archives[place] = string(cluster.GetUID())
	}
	return c.archives[place] == string(cluster.GetUID())
}
