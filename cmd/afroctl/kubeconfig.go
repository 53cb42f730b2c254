package main

import (
	"errors"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// kubeconfig finds a cluster as kubectl does, and the namespace of its context.
func kubeconfig(file, context string) (*rest.Config, string, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = file
	access := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: context})
	config, err := access.ClientConfig()
	switch {
	case clientcmd.IsEmptyConfig(err): // its own words advise a variable of long ago
		return nil, "", errors.New("no kubeconfig names a cluster; give one with --kubeconfig, or in KUBECONFIG")
	case err != nil:
		return nil, "", err
	}
	namespace, _, err := access.Namespace()
	return config, namespace, err
}
