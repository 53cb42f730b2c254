package main

import (
	"fmt"
	"strings"

	"github.com/afrotomation/afroapp/internal/files"
)

// checkApp refuses a value of --app that can match nothing.
func checkApp(app string) error {
	if namespace, name, found := strings.Cut(app, "/"); app != "" && (!found || namespace == "" || name == "" || strings.Contains(name, "/")) {
		return fmt.Errorf("--app %s: not namespace/name", app)
	}
	return nil
}

// selected tells whether --app is absent or names the app.
func selected(filter string, a files.App) bool {
	return filter == "" || filter == a.Namespace+"/"+a.Name
}
