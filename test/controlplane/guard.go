package controlplane

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// guardScript waits for one line on standard input. End of file instead means that the test process
// died without Stop: a panic, a `go test -timeout`, a kill. Each time that would leave an API server
// running for ever. A process id is trusted only while its command line names our folder, since the
// kernel gives ids out again.
const guardScript = `read -r word && exit 0
ours() {
  [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$dir" && return
  ps -o args= -p "$1" 2>/dev/null | grep -qF -- "$dir"
}
dir=$1
for signal in TERM KILL; do
  for file in "$dir"/*.pid; do
    read -r pid <"$file" && ours "$pid" && kill -s "$signal" "$pid"
  done
  sleep 2
done
rm -rf -- "$dir"
`

// guard is a shell that outlives us by a few seconds, if need be.
type guard struct {
	cmd  *exec.Cmd
	line io.WriteCloser // our end of its standard input; the kernel closes it when we die
}

func startGuard(dir string) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "controlplane-guard", dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us, not for the guard
	line, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the guard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the guard: %w", err)
	}
	return &guard{cmd: cmd, line: line}, nil
}

// release sends the guard home without having done anything.
func (g *guard) release() error {
	_, err := io.WriteString(g.line, "stopped\n")
	return errors.Join(err, g.line.Close(), g.cmd.Wait())
}
