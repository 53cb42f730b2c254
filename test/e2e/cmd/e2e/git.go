package main

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"net/http/cgi"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// serveGit serves the bare repositories of a folder by git's own back end, over HTTPS, which AfroApps have to use. Everybody
// may push: it listens on the node's link only.
func serveGit(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("git", flag.ContinueOnError)
	root := flags.String("root", "", "folder of the bare repositories")
	address := flags.String("address", "", "address to listen on")
	certificate := flags.String("certificate", "", "file of the server's certificate")
	key := flags.String("key", "", "file of its key")
	if err := flags.Parse(args); err != nil {
		return err
	}
	path, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return err
	}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(path)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + *root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=git", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + *root},
	}
	server := &http.Server{Addr: *address, Handler: backend, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServeTLS(*certificate, *key); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
