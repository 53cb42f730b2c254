// Command afroctl shows, from files alone, what AfroApps become and what their status says. It asks no cluster.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}
