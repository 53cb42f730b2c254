package actors

import "fmt"

// databaseRole is answered by the primary of its Cluster, once there is one.
func (c *CNPG) databaseRole(s *scene) error {
	role := s.object
	if role == nil {
		return nil
	}
	if _, up := c.up(s, role.GetNamespace(), text(role, "spec", "cluster", "name")); !up {
		return nil
	}
	if role.GetDeletionTimestamp() != nil {
		return c.dropRole(s, role)
	}
	role, err := guarded(s, databaseRoles, role, roleGuard)
	if err != nil {
		return err
	}
	secret, refusal := c.password(s, role)
	if refusal != "" {
		return refused(s, databaseRoles, role, refusal)
	}
	_, err = s.answer(databaseRoles, role, func(o *object) {
		applied(o)
		if secret != nil && text(o, "status", "secretResourceVersion") != secret.GetResourceVersion() {
			set(o, secret.GetResourceVersion(), "status", "secretResourceVersion")
			setCondition(o, condition{kind: "PasswordSecretChange", status: "True", reason: "ChangeDetected", message: secret.GetResourceVersion()}, s.now())
		}
	})
	return err
}

// password Secret of the role, nil if it names none, or the error that reading it gave.
func (c *CNPG) password(s *scene, role *object) (*object, string) {
	name := text(role, "spec", "passwordSecret", "name")
	if name == "" {
		return nil, ""
	}
	if s.mode() == SecretForbidden {
		return nil, fmt.Sprintf("secrets %q is forbidden: User %q cannot get resource \"secrets\" in API group \"\" in the namespace %q",
			name, "system:serviceaccount:"+role.GetNamespace()+":"+text(role, "spec", "cluster", "name"), role.GetNamespace())
	}
	secret := s.get(secrets, role.GetNamespace(), name)
	if secret == nil || s.mode() == SecretMissing {
		return nil, fmt.Sprintf("secrets %q not found", name)
	}
	return secret, ""
}

// database is created once its owner is.
func (c *CNPG) database(s *scene) error {
	db := s.object
	if db == nil {
		return nil
	}
	cluster, up := c.up(s, db.GetNamespace(), text(db, "spec", "cluster", "name"))
	if !up {
		return nil
	}
	if db.GetDeletionTimestamp() != nil {
		return unguard(s, databases, db, databaseGuard)
	}
	db, err := guarded(s, databases, db, databaseGuard)
	if err != nil {
		return err
	}
	name, owner := text(db, "spec", "name"), text(db, "spec", "owner")
	if other := c.managedBy(s, db); other != "" {
		return refused(s, databases, db, fmt.Sprintf("%q is already managed by object %q", name, other))
	}
	if s.mode() == OwnerMissing || !c.roleExists(s, cluster, owner) {
		return refused(s, databases, db, fmt.Sprintf("while creating database %q: ERROR: role %q does not exist (SQLSTATE 42704)", name, owner))
	}
	_, err = s.answer(databases, db, func(o *object) {
		applied(o)
		for _, part := range []string{"extensions", "schemas"} {
			setParts(o, part)
		}
	})
	return err
}

// applied is success. Only success moves observedGeneration.
func applied(o *object) {
	set(o, true, "status", "applied")
	set(o, o.GetGeneration(), "status", "observedGeneration")
	unset(o, "status", "message")
}

// setParts says of each extension or schema that it is applied.
func setParts(o *object, part string) {
	var parts []any
	for _, wanted := range items(o, "spec", part) {
		parts = append(parts, map[string]any{"name": wanted["name"], "applied": true})
	}
	if parts != nil {
		set(o, parts, "status", part)
	} else {
		unset(o, "status", part)
	}
}

func refused(s *scene, k kind, o *object, message string) error {
	_, err := s.answer(k, o, func(o *object) {
		set(o, false, "status", "applied")
		set(o, message, "status", "message")
	})
	return err
}

// managedBy is the other Database object for the same database that was applied before.
func (c *CNPG) managedBy(s *scene, db *object) string {
	for _, other := range s.where(databases, db.GetNamespace(), "name", text(db, "spec", "name")) {
		if other.GetName() != db.GetName() && truth(other, "status", "applied") &&
			text(other, "spec", "cluster", "name") == text(db, "spec", "cluster", "name") {
			return other.GetName()
		}
	}
	return ""
}

// roleExists in PostgreSQL: by a DatabaseRole that was applied, as the owner of the first database, or inline.
func (c *CNPG) roleExists(s *scene, cluster *object, name string) bool {
	if name == first(text(cluster, "spec", "bootstrap", "initdb", "owner"), "app") || name == "postgres" {
		return true
	}
	for _, inline := range items(cluster, "spec", "managed", "roles") {
		if inline["name"] == name && inline["ensure"] != "absent" {
			return true
		}
	}
	for _, role := range s.where(databaseRoles, cluster.GetNamespace(), "name", name) {
		if text(role, "spec", "cluster", "name") == cluster.GetName() && truth(role, "status", "applied") {
			return true
		}
	}
	return false
}

// guarded has the finalizer.
func guarded(s *scene, k kind, o *object, finalizer string) (*object, error) {
	if hasFinalizer(o, finalizer) {
		return o, nil
	}
	if err := s.step(); err != nil {
		return nil, err
	}
	return s.put(k, o, func(o *object) { o.SetFinalizers(append(o.GetFinalizers(), finalizer)) })
}

func unguard(s *scene, k kind, o *object, finalizer string) error {
	if !hasFinalizer(o, finalizer) {
		return nil
	}
	if err := s.step(); err != nil {
		return err
	}
	_, err := s.put(k, o, func(o *object) {
		set(o, withoutFinalizers(o, finalizer), "metadata", "finalizers")
	})
	return err
}

// dropRole cannot drop a role that owns databases: the object stays Terminating until they are gone.
func (c *CNPG) dropRole(s *scene, role *object) error {
	if text(role, "spec", "databaseRoleReclaimPolicy") == "delete" {
		for _, db := range s.where(databases, role.GetNamespace(), "owner", text(role, "spec", "name")) {
			if truth(db, "status", "applied") {
				return nil
			}
		}
	}
	return unguard(s, databaseRoles, role, roleGuard)
}
