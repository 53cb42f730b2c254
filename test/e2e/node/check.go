package node

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// packages of Debian that bring the commands a node needs.
var packages = map[string]string{
	"containerd": "containerd", "runc": "runc", "nft": "nftables", "ip": "iproute2", "unshare": "util-linux", "nsenter": "util-linux",
	"sysctl": "procps", "mount": "mount", "git": "git", "mmdebstrap": "mmdebstrap",
}

// Missing are the things that this machine lacks for a node, each with its remedy.
func Missing() []string {
	var missing []string
	add := func(format string, args ...any) { missing = append(missing, fmt.Sprintf(format, args...)) }
	if os.Geteuid() != 0 {
		add("root (run it with sudo)")
	}
	if absent := MissingPackages(); len(absent) > 0 {
		add("Debian packages (apt-get install %s)", strings.Join(absent, " "))
	}
	if filesystems, err := os.ReadFile("/proc/filesystems"); err != nil || !strings.Contains(string(filesystems), "\toverlay\n") {
		add("overlayfs in the kernel (modprobe overlay)")
	}
	for _, controller := range controllers {
		if _, err := os.Stat(filepath.Join(cgroups, controller)); err != nil {
			add("cgroup v1 hierarchies (the kernel parameter systemd.unified_cgroup_hierarchy=0, with systemd 256 and 257 also SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1)")
			break
		}
	}
	return missing
}

// MissingPackages are those of Debian that are not installed.
func MissingPackages() []string {
	var absent []string
	for command, name := range packages {
		if _, err := exec.LookPath(command); err != nil {
			absent = append(absent, name)
		}
	}
	if _, err := os.Stat("/usr/lib/cni/bridge"); err != nil {
		absent = append(absent, "containernetworking-plugins")
	}
	return sorted(absent)
}
