package suite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
)

// Ask asks the Service of an app through the API server, so that no route is needed, until it answers.
func (s *Story) Ask(method, namespace, service, path string, within time.Duration) string {
	s.Helper()
	clientset, err := kubernetes.NewForConfig(s.Config)
	if err != nil {
		s.Fatal(err)
	}
	var answer string
	s.Eventually(fmt.Sprintf("%s %s of %s/%s", method, path, namespace, service), within, func(ctx context.Context) error {
		raw, err := clientset.CoreV1().RESTClient().Verb(method).
			Namespace(namespace).Resource("services").Name(service + ":http").SubResource("proxy").Suffix(path).DoRaw(ctx)
		answer = strings.TrimSpace(string(raw))
		if err != nil {
			return fmt.Errorf("%w: %.200s", err, answer)
		}
		return nil
	})
	return answer
}
