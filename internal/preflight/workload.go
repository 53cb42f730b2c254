package preflight

import (
	"strings"
)

func (w Workload) subject() string { return w.Kind + " " + w.Namespace + "/" + w.Name }

// flag is the last value that the arguments give a flag, as the parser of image-updater reads them.
func (w Workload) flag(name string) (value string, given bool) {
	for i, arg := range w.Args {
		if v, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
			value, given = v, true
		} else if arg == "--"+name && i+1 < len(w.Args) {
			value, given = w.Args[i+1], true
		}
	}
	return w.resolve(value), given
}

// on tells whether a boolean flag is set. It takes no value from the next argument.
func (w Workload) on(name string) bool {
	on := false
	for _, arg := range w.Args {
		if arg == "--"+name {
			on = true
		} else if v, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
			on = v == "true" || v == "1" || v == "t" || v == "T" || v == "TRUE" || v == "True"
		}
	}
	return on
}

// resolve puts variables in, as Kubernetes does. What is not known stays as it is.
func (w Workload) resolve(s string) string {
	for _, v := range w.Env {
		if v.Reading == Found {
			s = strings.ReplaceAll(s, "$("+v.Name+")", v.Value)
		}
	}
	return s
}

// setting is the value of a flag, or else of a variable. The reading is NotFound where neither is set.
func (w Workload) setting(flag, variable string) (string, Reading) {
	if v, given := w.flag(flag); given {
		if strings.Contains(v, "$(") {
			return "", Elsewhere
		}
		return v, Found
	}
	for _, v := range w.Env {
		if v.Name == variable {
			return v.Value, v.Reading
		}
	}
	return "", NotFound
}
