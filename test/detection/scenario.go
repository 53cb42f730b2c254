package detection

import (
	"time"
)

// Scenario is one app with one thing that is wrong, or odd.
type Scenario struct {
	// Name of the app, in a namespace of the same name.
	Name string
	// Says what is wrong, or odd.
	Says string
	// Rows of the failure catalogue that it stands for, or the recorded scenario that it is made from.
	Rows string
	// Spec of the AfroApp beside its image, in YAML.
	Spec string
	// Tag of the image. Default: latest.
	Tag string
	// Before is done before the app is applied.
	Before func(*Stage, *App) error
	// Break is done once the app is delivered. Nil: it is broken from its beginning.
	Break func(*Stage, *App) error
	// Each is done in every minute after that.
	Each func(s *Stage, a *App, minute int) error
	// Want is what has to be said. Zero: nothing, the app is healthy.
	Want Want
}

// Want is a stuck line, by its hop and reason.
type Want struct{ Hop, Reason string }

// App is a scenario on the stage.
type App struct {
	Scenario
	Repository string // below the registry's host, for example acme/shop
	Image      string // with its tag
	// Application is the name of the Argo CD Application, and of the ImageUpdater.
	Application string
}

// Result is what was seen of a scenario.
type Result struct {
	Stage    string
	Scenario Scenario
	// Found is when the right line came, in minutes of the stage's clock after the failure; negative: never.
	Found time.Duration
	// Said is the last stuck line that was no right one, or any of a healthy app.
	Said string
	// Broken is why the scenario could not be played.
	Broken error
}

const never = -time.Second

// Healthy tells whether nothing was to be said.
func (s Scenario) Healthy() bool { return s.Want == Want{} }

// Right tells whether a failure was found, or a healthy app left alone.
func (r Result) Right() bool {
	if r.Broken != nil {
		return false
	}
	if r.Scenario.Healthy() {
		return r.Said == ""
	}
	return r.Found >= 0
}
