package main

import (
	"context"
	"flag"
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/e2e/node"
)

// playUpdater plays image-updater, which cannot be built from its modules. It asks the real registry and writes to the real
// API server; only its decisions are played, as they were recorded.
func playUpdater(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("updater", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "the cluster")
	interval := flags.Duration("interval", 10*time.Second, "between two cycles")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	updater := actors.NewImageUpdater(config, actors.ImageUpdaterOptions{Registry: actors.HTTPRegistry{Client: labClient()}, Interval: *interval})
	return updater.Run(ctx)
}

// labClient finds every name at the node: this process runs beside the cluster's DNS, not with it.
func labClient() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(to)
			if err != nil {
				return nil, err
			}
			return dialer.DialContext(ctx, network, net.JoinHostPort(node.Address, port))
		},
	}}
}
