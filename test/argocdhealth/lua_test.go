package argocdhealth

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"sigs.k8s.io/yaml"
)

const (
	group      = "platform.afrotomation.com"
	argocdRoot = "../../config/argocd"
)

// verdict is what a health script returns.
type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func scriptDir(kind string) string {
	return filepath.Join(argocdRoot, "resource_customizations", group, kind)
}

func readScript(t *testing.T, kind string) string {
	t.Helper()
	return string(readFile(t, filepath.Join(scriptDir(kind), "health.lua")))
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func readStrict(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(readFile(t, path), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// judge runs a health script on an object. No library is opened, so a script that needs even `pairs` fails.
func judge(script string, object any) (verdict, error) {
	vm := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer vm.Close()
	vm.SetGlobal("obj", toLua(vm, object))
	if err := vm.DoString(script); err != nil {
		return verdict{}, err
	}
	table, isTable := vm.Get(-1).(*lua.LTable)
	if !isTable {
		return verdict{}, fmt.Errorf("returned %s, want a table", vm.Get(-1).Type())
	}
	return verdict{Status: text(table, "status"), Message: text(table, "message")}, nil
}

func text(table *lua.LTable, key string) string {
	if value, isString := table.RawGetString(key).(lua.LString); isString {
		return string(value)
	}
	return ""
}

func toLua(vm *lua.LState, value any) lua.LValue {
	switch v := value.(type) {
	case map[string]any:
		table := vm.NewTable()
		for key, item := range v {
			table.RawSetString(key, toLua(vm, item))
		}
		return table
	case []any:
		table := vm.NewTable()
		for _, item := range v {
			table.Append(toLua(vm, item))
		}
		return table
	case string:
		return lua.LString(v)
	case float64:
		return lua.LNumber(v)
	case bool:
		return lua.LBool(v)
	}
	return lua.LNil
}
