package controlplane

import (
	"errors"
	"fmt"
	"syscall"
)

// KillAPIServer ends the API server by SIGKILL, as a crash or the kernel's out-of-memory killer would,
// and returns when it is gone. etcd keeps what was committed.
func (cp *ControlPlane) KillAPIServer() error {
	cp.mu.Lock()
	defer cp.mu.Unlock()
	ids := cp.processIDs(kubeAPIServer)
	for _, id := range ids {
		if err := syscall.Kill(id, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("killing the API server: %w", err)
		}
	}
	return awaitGone(ids, stopTimeout)
}

// RestartAPIServer starts a killed API server again: same port, certificates and data, so that clients
// and users made before go on working. It returns when the server is healthy.
func (cp *ControlPlane) RestartAPIServer() error {
	cp.mu.Lock()
	defer cp.mu.Unlock()
	server := cp.env.ControlPlane.APIServer
	if err := server.Stop(); err != nil {
		return fmt.Errorf("ending the API server: %w", err)
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("restarting the API server: %w%s", err, cp.lastWords(kubeAPIServer))
	}
	return nil
}
