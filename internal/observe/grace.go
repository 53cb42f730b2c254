package observe

import "time"

// How long a hop may wait before it is called stuck. No number here is ever written into a message: it would age.
const (
	// deliveryGrace covers image-updater's interval (2 min), Argo CD's resync with its jitter (up to 4 min) and the
	// revision cache of its repo-server (3 min): with the defaults a commit was seen to take more than 3 min to be synced.
	// The rest is for a rollout.
	deliveryGrace = 15 * time.Minute
	// registryGrace is for a registry that does not answer, or says that it is asked too often: images do not move while it is down.
	registryGrace = 15 * time.Minute
	// refusalGrace is for what a registry answers clearly: a tag may be pushed right after the app was made.
	refusalGrace = 5 * time.Minute
	// askedBefore the end of both, the registry is asked once more: its questions come further and further apart, and a tag that
	// was pushed meanwhile is not missing.
	askedBefore = 2 * time.Minute
	// diagnoseAfter is how long a digest may be new before it is asked why it does not arrive: most do within minutes.
	diagnoseAfter = 4 * time.Minute
	// updaterGrace is for image-updater's first look at an ImageUpdater: its interval is 2 min, and it may be starting.
	updaterGrace = 10 * time.Minute
	// updaterRetry is for errors of one cycle, such as a registry that does not answer: two more cycles may clear it.
	updaterRetry = 5 * time.Minute
	// UpdaterStalled is the age of the last look at which image-updater counts as gone. Its interval is 2 min by default
	// and not visible from outside; a cycle over many apps takes minutes.
	UpdaterStalled = 15 * time.Minute
	// projectGrace is for an AppProject that is made at the same time as the first Application of its namespace:
	// Argo CD looks at a refused Application again with its next resync.
	projectGrace = 5 * time.Minute
	// rolloutGrace is longer than the 10 min after which Kubernetes itself calls a Deployment failed.
	rolloutGrace = 15 * time.Minute

	// routeGrace is for an edge controller to take a route.
	routeGrace = 5 * time.Minute
	// certificateGrace is for an ACME order with its challenge; a self-check that fails never ends the order by itself.
	certificateGrace = 10 * time.Minute

	// dataGrace is for a Cluster to start, pulling its images.
	dataGrace = 10 * time.Minute
	// roleGrace is two of CloudNativePG's retries, 30 s apart: the first try of a role is often "forbidden" to read its
	// password, and a database comes before its owner.
	roleGrace = time.Minute
	// archiveGrace is for the first WAL, and for an archiver that starts with its Cluster.
	archiveGrace = 10 * time.Minute
	// backupGrace is for a base backup from its beginning to the recovery window.
	backupGrace = 30 * time.Minute

	// applyGrace is for writes that are tried again, and for children that are being deleted.
	applyGrace = 5 * time.Minute

	// unknownGrace is for caches: one that was just started, or lost its kind for a moment, reads as absence.
	unknownGrace = 5 * time.Minute
)
