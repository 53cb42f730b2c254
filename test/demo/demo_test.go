package main

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/controllers"
	"github.com/afrotomation/afroapp/test/controlplane"
)

// limit of one showing, without the first build. Alone on two cores it takes a quarter of that.
const limit = 3 * time.Minute

// Without peers: what the app becomes, what that costs, and the hop that it waits at.
func TestDemo(t *testing.T) {
	out, err := show(t, Demo{}, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	inOrder(t, out,
		"kube-apiserver v", "CRDs of the peers: argocd v", "config/default: 3 CRDs",
		"runs in this process as afroapp-system/afroapp-controller-manager", "a registry holds ghcr.io/codenificient/clickrise:latest for linux/amd64",
		"databases/b2", "kubectl apply --server-side -f "+samplePlatform, "kubectl apply --server-side -f "+sampleApp,
		"  kind: AfroApp", "  database: {}",
		"It became 8 objects in ",
		"AfroApp clickrise/clickrise", "Delivery", "Application +argocd/clickrise-[a-z0-9]+ +removed", "ImageUpdater +argocd/",
		"Edge", "AfroHostClaim +clickrise.afrotomation.com", "Ingress +clickrise/clickrise +owned",
		"Data", "Secret +clickrise/clickrise-db +owned", "Secret +databases/clickrise-[a-z0-9]+ +kept",
		"DatabaseRole +databases/.* kept", "Database +databases/.* kept",
		"AfroPlatform default", "AppProject +argocd/", "Cluster +databases/pg +kept",
		"\\$ kubectl get afro -n clickrise", "NAME +READY +IMAGE +URL\n", "clickrise +Unknown +ghcr.io/codenificient/clickrise:latest +https://clickrise.afrotomation.com",
		"sent 10 requests for an app with 8 children: 8 for the children, 1 for the finalizer, 1 for the status, and 0 reads",
		"clock is put 15 minutes forward",
		"clickrise +False ", "DATABASE +RECOVERABLE +STUCK AT +AGE\n", "False +Unknown +Updater: UpdaterNotConfigured +[0-9]+s",
		"  ok  Apply", "  !!  Updater +no image-updater has looked at it", "  !!  Cluster ", "  --  RestoreVerified",
		"Stuck at Updater \\(Delivery\\)", "  since +20", "  cause +UpdaterNotConfigured: ", "  what to do +is image-updater ",
		"the app waits at Updater",
		"make demo ACTORS=1",
	)
	plain(t, out)
}

// With played peers it goes to Ready, one hop breaks and is named, and is mended. An image is pushed that does not arrive, is
// named, and the next one is proven to run. Then it stays until it is ended, and can be reached meanwhile.
func TestDemoWithActorsStays(t *testing.T) {
	var file string
	var config client.Client
	out, err := show(t, Demo{Actors: true, Keep: true}, func(out string) {
		file = regexp.MustCompile(`(?m)^export KUBECONFIG=(.*)$`).FindStringSubmatch(out)[1]
		config = reach(t, file)
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if config == nil {
		t.Fatalf("the demo did not come to where it stays:\n%s", out)
	}
	inOrder(t, out,
		"peers are played by test/actors",
		"It became 8 objects in ",
		"Argo CD +Application: sync OutOfSync", "image-updater +ImageUpdater: matches 1, looks after 1, wrote sha256:",
		"AfroApp +Ready is True", "Ready after ",
		"clickrise +True ", "True +True +[0-9]+s",
		"8 for the children, 1 for the finalizer, [1-3] for the status, and 0 reads",
		"the operator sends 0 requests",
		"One hop breaks", "Cluster in healthy state\n",
		"clickrise +False ", "True +False +WAL: ArchivingFailing +[0-9]+s",
		"  ok  Cluster", "  !!  WAL ",
		"Stuck at WAL \\(Data\\)", "  since +20", "  cause +ArchivingFailing: WAL archiving: barman ended with exit status 4", "  what to do +check the key",
		"Ready again after .*, for the price of 1 request", "clickrise +True ", "True +True +[0-9]+s",
		"an image is pushed, and nothing arrives", "build . --push --platform linux/arm64 \\\\", "--tag ghcr.io/codenificient/clickrise:latest",
		"ok  ImageUpdater: Reconciled 1 applications, 0 images updated. No errors", "ok  Application: sync Synced, health Healthy", "ok  Deployment: 1 of 1 ready",
		"6 minutes later", "5 minutes later", "16 minutes later",
		"\\$ afroctl status clickrise -n clickrise", "Ready=False \\(PlatformMismatch\\)", "pods +sha256:[0-9a-f]{12} not proven to be the same",
		"  ok  Registry +27m", "  !!  Updater +16m +the image has none of the platforms linux/amd64",
		"Stuck at Updater \\(Delivery\\)", "  since +20", "  cause +PlatformMismatch: ", "  what to do +build the image for one of them",
		"Named 27 minutes after the push",
		"--platform linux/amd64,linux/arm64 \\\\", "image-updater +ImageUpdater: matches 1, looks after 1, wrote sha256:", "Argo CD +Application: sync Synced, health Healthy",
		"\\$ afroctl status clickrise -n clickrise", "Ready=True", "  ok  Pods +[0-9]+s\n",
		"Delivered [0-9.]+ s after the push", "registry  sha256:[0-9a-f]{64}\n", "pods      sha256:[0-9a-f]{64}\n",
		"It stays until Ctrl-C", "export KUBECONFIG=", "clock stays 27 minutes ahead", "kubectl is not among them",
	)
	plain(t, out)
	both := regexp.MustCompile(`registry  (sha256:[0-9a-f]{64})\n +pods +(sha256:[0-9a-f]{64})\n`).FindStringSubmatch(out)
	if both == nil || both[1] != both[2] {
		t.Errorf("the two digests should be one: %q", both)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the kubeconfig is left over: %v", err)
	}
	if err := config.List(context.Background(), &v1alpha1.AfroAppList{}); err == nil {
		t.Error("the API server still answers")
	}
}

// show runs a demo into a buffer. Whoever has a look at one that stays ends it by returning.
func show(t *testing.T, d Demo, look func(out string)) (string, error) {
	t.Helper()
	if _, err := controlplane.Assets(t.Context(), func(line string) { t.Log(line) }); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out := &paper{}
	d.Screen = &Screen{out: out, width: columns}
	var looking sync.WaitGroup
	if look != nil {
		looking.Go(func() {
			defer cancel()
			if out.wait(ctx, "kubectl is not among them") {
				look(out.String())
			}
		})
	}
	began := time.Now()
	err := d.Run(ctx)
	t.Logf("took %s", time.Since(began).Round(time.Second))
	looking.Wait()
	return out.String(), err
}

// reach uses the kubeconfig as kubectl would.
func reach(t *testing.T, file string) client.Client {
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Error(err)
		return nil
	}
	host, err := url.Parse(config.Host)
	if err != nil || !net.ParseIP(host.Hostname()).IsLoopback() {
		t.Errorf("the API server is at %s, want a loopback address (%v)", config.Host, err)
	}
	scheme, err := controllers.Scheme()
	if err != nil {
		t.Error(err)
		return nil
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Error(err)
		return nil
	}
	apps := &v1alpha1.AfroAppList{}
	if err := c.List(t.Context(), apps); err != nil || len(apps.Items) != 1 {
		t.Errorf("%d AfroApps, want one (%v)", len(apps.Items), err)
	}
	return c
}

// inOrder finds each expression behind the one before.
func inOrder(t *testing.T, out string, wants ...string) {
	t.Helper()
	// What is asked for may be broken between words.
	rest := out
	for _, want := range wants {
		pattern := regexp.MustCompile(regexp.MustCompile(` ([^+*])`).ReplaceAllString(want, `\s+$1`))
		at := pattern.FindStringIndex(rest)
		if at == nil {
			t.Fatalf("%q is not there, or not behind the line before it:\n%s", want, out)
		}
		rest = rest[at[1]:]
	}
}

// plain demands what a file or a log can show: no escape sequences, and lines that fit but for words that do not.
func plain(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsAny(line, "\x1b\r") {
			t.Errorf("escape sequences: %q", line)
		}
		tooLong := len([]rune(line)) > columns
		if tooLong && !strings.HasPrefix(line, "export KUBECONFIG=") && !strings.Contains(line, "@sha256:") {
			t.Errorf("%d columns: %q", len([]rune(line)), line)
		}
	}
}

// paper is a screen that can be read while it is written to.
type paper struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// wait says whether the text came before the context ended. Lines break where the words before them end, which are longer on
// one machine than on another: a folder's name once broke the text that was waited for.
func (p *paper) wait(ctx context.Context, text string) bool {
	for !strings.Contains(strings.Join(strings.Fields(p.String()), " "), text) {
		if sleep(ctx, 50*time.Millisecond) != nil {
			return false
		}
	}
	return true
}
