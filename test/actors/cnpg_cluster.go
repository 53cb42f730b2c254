package actors

import (
	"fmt"
	"strconv"
)

// Conditions of a Cluster, word for word.
var (
	notBootstrapped = condition{"Initialized", "False", "BootstrapPending", "Cluster has not been bootstrapped yet", 0}
	bootstrapped    = condition{"Initialized", "True", "BootstrapCompleted", "Cluster has been bootstrapped", 0}
	uniqueSystem    = condition{"ConsistentSystemID", "True", "Unique", "A single, unique system ID was found across reporting instances.", 0}
	clusterNotReady = condition{"Ready", "False", "ClusterIsNotReady", "Cluster Is Not Ready", 0}
	clusterReady    = condition{"Ready", "True", "ClusterIsReady", "Cluster is Ready", 0}
	archivingWorks  = condition{"ContinuousArchiving", "True", "ContinuousArchivingSuccess", "Continuous archiving is working", 0}
)

func archivingFails(exitStatus int) condition {
	return condition{kind: "ContinuousArchiving", status: "False", reason: "ContinuousArchivingFailing",
		message: fmt.Sprintf("rpc error: code = Unknown desc = unexpected failure invoking barman-cloud-wal-archive: exit status %d", exitStatus)}
}

// cluster brings one up, and keeps what its conditions say right.
func (c *CNPG) cluster(s *scene) error {
	cluster := s.object
	if cluster == nil || cluster.GetDeletionTimestamp() != nil {
		return nil
	}
	if err := c.applicationSecret(s, cluster); err != nil {
		return err
	}
	cluster, err := c.registered(s, cluster)
	if err != nil {
		return err
	}
	switch {
	case !c.storesFound(s, cluster):
		return nil
	case !isCondition(cluster, "Initialized", "True"):
		if cluster, err = c.bootstrap(s, cluster); err != nil || cluster == nil {
			return err
		}
	}
	if s.mode() == SharedClusterDown {
		return c.down(s, cluster)
	}
	return c.healthy(s, cluster)
}

// answer is one step: the status as it is next. What is there already costs no time and no request.
func (s *scene) answer(k kind, old *object, by change) (*object, error) {
	next := old.DeepCopy()
	by(next)
	if len(mergeDiff(old.Object, next.Object)) == 0 {
		return old, nil
	}
	if err := s.step(); err != nil {
		return nil, err
	}
	return s.patchStatus(k, old, by)
}

// registered is all that is known before the first instance: a Cluster whose ObjectStore is missing stays so.
func (c *CNPG) registered(s *scene, cluster *object) (*object, error) {
	if getCondition(cluster, "Initialized") != nil {
		return cluster, nil
	}
	return s.answer(clusters, cluster, func(o *object) {
		name := o.GetName()
		for path, value := range map[string]any{
			"readService": name + "-r", "writeService": name + "-rw",
			"selector":                   "cnpg.io/cluster=" + name + ",cnpg.io/podRole=instance",
			"cloudNativePGCommitHash":    "none",
			"managedRolesStatus":         map[string]any{},
			"switchReplicaClusterStatus": map[string]any{},
			"topology":                   map[string]any{"successfullyExtracted": true},
			"poolerIntegrations":         map[string]any{"pgBouncerIntegration": map[string]any{}},
		} {
			set(o, value, "status", path)
		}
		bookkeeping(o)
		_, archives := archiveOf(o)
		_, recovers := originOf(o)
		if archives || recovers {
			set(o, []any{map[string]any{
				"name": barmanPlugin, "version": "0.14.0",
				"capabilities": []any{"TYPE_RECONCILER_HOOKS", "TYPE_LIFECYCLE_SERVICE", "TYPE_INSTANCE_SIDECAR_INJECTION"},
			}}, "status", "pluginStatus")
		}
		setCondition(o, notBootstrapped, s.now())
	})
}

// storesFound says whether the ObjectStores that the Cluster names exist.
func (c *CNPG) storesFound(s *scene, cluster *object) bool {
	if isCondition(cluster, "Initialized", "True") {
		return true
	}
	to, hasArchive := archiveOf(cluster)
	from, recovers := originOf(cluster)
	missing := func(a archive) bool { return s.get(objectStores, cluster.GetNamespace(), a.store) == nil }
	return s.mode() != ObjectStoreMissing && (!hasArchive || !missing(to)) && (!recovers || !missing(from))
}

// bootstrap makes the first instance. A recovery without a backup to recover from never ends: nil.
func (c *CNPG) bootstrap(s *scene, cluster *object) (*object, error) {
	primary := cluster.GetName() + "-1"
	cluster, err := s.answer(clusters, cluster, func(o *object) {
		setPhase(o, "Setting up primary", "Creating primary instance "+primary, s.now())
		set(o, int64(1), "status", "instances")
		set(o, primary, "status", "targetPrimary")
		set(o, s.now(), "status", "targetPrimaryTimestamp")
	})
	if err != nil {
		return nil, err
	}
	if from, recovers := originOf(cluster); recovers && !c.recoverable(s, cluster, from) {
		return nil, nil
	}
	return s.answer(clusters, cluster, func(o *object) {
		setCondition(o, bootstrapped, s.now())
		setPhase(o, "Waiting for the instances to become active", "Some instances are not yet active. Please wait.", s.now())
		set(o, primary, "status", "currentPrimary")
		set(o, s.now(), "status", "currentPrimaryTimestamp")
		set(o, "7533333333333333333", "status", "systemID")
		timeline := int64(1)
		if _, recovers := originOf(o); recovers {
			timeline = 2
		}
		set(o, timeline, "status", "timelineID")
	})
}

func (c *CNPG) recoverable(s *scene, cluster *object, from archive) bool {
	store := s.get(objectStores, cluster.GetNamespace(), from.store)
	return store != nil && text(store, "status", "serverRecoveryWindow", from.server, "firstRecoverabilityPoint") != ""
}

// setPhase keeps the condition Ready in step, except before there is an instance: a new Cluster has no Ready.
func setPhase(o *object, phase, reason, now string) {
	set(o, phase, "status", "phase")
	if reason == "" {
		unset(o, "status", "phaseReason")
	} else {
		set(o, reason, "status", "phaseReason")
	}
	switch {
	case phase == phaseHealthy:
		setCondition(o, clusterReady, now)
	case isCondition(o, "Initialized", "True"):
		setCondition(o, clusterNotReady, now)
	}
}

// healthy adds replicas until there are as many instances as asked for, then says what archiving does.
func (c *CNPG) healthy(s *scene, cluster *object) error {
	wanted := max(number(cluster, "spec", "instances"), 1)
	var err error
	for ready := number(cluster, "status", "readyInstances"); ready < wanted; ready++ {
		if cluster, err = c.grow(s, cluster, ready+1); err != nil {
			return err
		}
	}
	_, err = s.answer(clusters, cluster, func(o *object) {
		setInstances(o, wanted)
		setCondition(o, c.archiving(s, o), s.now())
		setPhase(o, phaseHealthy, "", s.now())
		if s.beat {
			metrics := []string{"status", "configMapResourceVersion", "metrics", "cnpg-default-monitoring"}
			set(o, strconv.Itoa(max(atoi(text(o, metrics...)), 0)+1), metrics...)
		}
	})
	return err
}

func (c *CNPG) grow(s *scene, cluster *object, count int64) (*object, error) {
	return s.answer(clusters, cluster, func(o *object) {
		if count > 1 {
			setPhase(o, "Creating a new replica", fmt.Sprintf("Creating replica %s-%d-join", o.GetName(), count), s.now())
		}
		setInstances(o, count)
		if count == 1 {
			setCondition(o, uniqueSystem, s.now())
			setCondition(o, clusterNotReady, s.now())
		}
	})
}

// setInstances says that so many exist and are ready.
func setInstances(o *object, count int64) {
	var names []any
	for i := range count {
		names = append(names, fmt.Sprintf("%s-%d", o.GetName(), i+1))
	}
	set(o, count, "status", "instances")
	set(o, count, "status", "readyInstances")
	set(o, count, "status", "pvcCount")
	set(o, names, "status", "instanceNames")
	set(o, names, "status", "healthyPVC")
	set(o, names, "status", "instancesStatus", "healthy")
	report(o, count)
}

// archiving as the condition has it: True also where nothing is archived.
func (c *CNPG) archiving(s *scene, cluster *object) condition {
	a, ok := archiveOf(cluster)
	if !ok || !a.isArchiver || s.mode() == NoArchiver {
		return archivingWorks
	}
	switch s.mode() {
	case WrongKey:
		return archivingFails(4)
	case ObjectStoreDown:
		return archivingFails(2)
	}
	if store := s.get(objectStores, cluster.GetNamespace(), a.store); store != nil && !c.claim(store, a, cluster) {
		return archivingFails(1)
	}
	return archivingWorks
}

// down is a Cluster whose instances are all gone from the operator's sight.
func (c *CNPG) down(s *scene, cluster *object) error {
	_, err := s.answer(clusters, cluster, func(o *object) {
		setPhase(o, "Waiting for the instances to become active", "Some instances are not yet active. Please wait.", s.now())
		unset(o, "status", "readyInstances")
		failed, _ := field(o.Object, "status", "instanceNames").([]any)
		set(o, map[string]any{"failed": failed}, "status", "instancesStatus")
	})
	return err
}

// up says whether the instances of a Cluster answer.
func (c *CNPG) up(s *scene, namespace, name string) (*object, bool) {
	cluster := s.get(clusters, namespace, name)
	return cluster, cluster != nil && text(cluster, "status", "phase") == phaseHealthy && s.modeOf(clusters, namespace, name) != SharedClusterDown
}
