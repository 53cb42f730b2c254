package build

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/afrotomation/afroapp/test/pinned"
)

// Kit is all that a node is made from.
type Kit struct {
	Programs Programs
	Sources  Sources
	Images   []Image
	Store    string // storage folder of the registry that holds the images
	cache    string
	folder   string
}

// Find says where everything is or will be. It builds nothing, but may download the source of modules.
func Find(ctx context.Context, testFolder string) (Kit, error) {
	cache, err := pinned.Cache()
	if err != nil {
		return Kit{}, err
	}
	sources, err := findSources(ctx, testFolder)
	if err != nil {
		return Kit{}, err
	}
	kit := Kit{Programs: FindPrograms(testFolder, cache), Sources: sources, cache: cache, folder: testFolder}
	sum := sha256.New()
	for _, peer := range peers {
		if peer.Images == nil {
			continue
		}
		images, err := peer.Images(sources)
		if err != nil {
			return Kit{}, err
		}
		for _, image := range images {
			resolved, err := image.resolve(cache, kit.Programs)
			if err != nil {
				return Kit{}, err
			}
			if err := resolved.fingerprint(sum, testFolder); err != nil {
				return Kit{}, err
			}
			kit.Images = append(kit.Images, image)
		}
	}
	kit.Store = filepath.Join(cache, "e2e", fmt.Sprintf("registry-%.6x", sum.Sum(nil)))
	return kit, nil
}

// Checkout is the folder that everything is built from.
func (k Kit) Checkout() string { return filepath.Dir(k.folder) }

// Missing are the things that Ensure would make.
func (k Kit) Missing() ([]string, error) {
	missing, err := k.Programs.Missing()
	if err != nil {
		return nil, err
	}
	for _, root := range k.roots() {
		if _, err := os.Stat(root.Path(k.cache)); err != nil {
			missing = append(missing, "root file system of "+root.Name)
		}
	}
	if _, err := os.Stat(k.Store); err != nil {
		missing = append(missing, "images")
	}
	return missing, nil
}

// Ensure makes what is missing.
func (k Kit) Ensure(ctx context.Context, progress pinned.Progress) error {
	if err := k.Programs.Ensure(ctx, progress); err != nil {
		return err
	}
	if _, err := os.Stat(k.Store); err == nil {
		return nil
	}
	for _, root := range k.roots() {
		if err := root.Ensure(ctx, k.cache, progress); err != nil {
			return err
		}
	}
	if err := k.prune(); err != nil {
		return err
	}
	progress.Printf("filling the registry with %d images (about a minute, once)", len(k.Images))
	return k.fill(ctx)
}

// stores that are kept beside the newest: a node of another checkout may run on one.
const keptStores = 1

// prune removes stores that were made from what is no longer so. Each has a gigabyte.
func (k Kit) prune() error {
	stores, err := filepath.Glob(filepath.Join(k.cache, "e2e", "registry-*"))
	if err != nil {
		return err
	}
	made := map[string]time.Time{}
	for _, store := range stores {
		info, err := os.Stat(store)
		if err != nil {
			return err
		}
		made[store] = info.ModTime()
	}
	slices.SortFunc(stores, func(a, b string) int { return made[b].Compare(made[a]) })
	for _, store := range stores[min(keptStores, len(stores)):] {
		if err := os.RemoveAll(store); err != nil {
			return err
		}
	}
	return nil
}

func (k Kit) roots() []Root {
	var roots []Root
	seen := map[string]bool{}
	for _, image := range k.Images {
		if image.Root != nil && !seen[image.Root.Name] {
			seen[image.Root.Name] = true
			roots = append(roots, *image.Root)
		}
	}
	return roots
}

// fill pushes every image to a registry whose storage then moves to its place, complete or not at all.
func (k Kit) fill(ctx context.Context) error {
	unfinished := filepath.Join(filepath.Dir(k.Store), ".unfinished-")
	stale, err := filepath.Glob(unfinished + "*")
	if err != nil {
		return err
	}
	for _, folder := range stale {
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	work, err := os.MkdirTemp(filepath.Dir(k.Store), ".unfinished-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	storage := filepath.Join(work, "storage")
	address, stop, err := k.serve(ctx, storage, work)
	if err != nil {
		return err
	}
	defer stop()
	for _, image := range k.Images {
		resolved, err := image.resolve(k.cache, k.Programs)
		if err != nil {
			return err
		}
		if err := Push(ctx, address, resolved); err != nil {
			return err
		}
	}
	stop()
	return os.Rename(storage, k.Store)
}

// Push sends an image to a registry, over plain HTTP where it has no other, with the logins of this machine, under the names that it has after their host.
func Push(ctx context.Context, address string, i Image) error {
	work, err := os.MkdirTemp("", "image-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	image, err := i.image(work)
	if err != nil {
		return err
	}
	for _, full := range i.Names {
		_, path, _ := strings.Cut(full, "/")
		reference, err := name.ParseReference(address+"/"+path, name.Insecure)
		if err != nil {
			return err
		}
		if err := remote.Write(reference, image, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
			return fmt.Errorf("pushing %s: %w", full, err)
		}
	}
	return nil
}

// RegistryConfig is the configuration of the registry that serves a storage folder.
func RegistryConfig(storage, address string) string {
	return fmt.Sprintf(`version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}
http: {addr: %q}
`, storage, address)
}

func (k Kit) serve(ctx context.Context, storage, work string) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address = listener.Addr().String()
	_ = listener.Close() // the registry listens there a moment later
	config := filepath.Join(work, "registry.yaml")
	if err := os.WriteFile(config, []byte(RegistryConfig(storage, address)), 0o644); err != nil {
		return "", nil, err
	}
	program, err := k.Programs.Path("registry")
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, program, "serve", config)
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	for range 100 {
		if response, err := http.Get("http://" + address + "/v2/"); err == nil {
			_ = response.Body.Close()
			return address, stop, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("the registry on %s did not answer within 10 s", address)
}

// Peers writes our kustomizations, and beside each the upstream manifests that it is based on, into a folder.
func (k Kit) Peers(ctx context.Context, into string) error {
	helm, err := k.Programs.Path("helm")
	if err != nil {
		return err
	}
	if err := os.CopyFS(into, os.DirFS(filepath.Join(k.folder, "e2e", "peers"))); err != nil {
		return err
	}
	for _, peer := range peers {
		for from, to := range peer.Upstream {
			if err := copyAny(filepath.Join(k.Sources.Module(peer.Name), from), filepath.Join(into, peer.Name, to)); err != nil {
				return fmt.Errorf("manifests of %s: %w", peer.Name, err)
			}
		}
		if peer.Chart != nil {
			if err := peer.Chart.render(ctx, helm, k.Sources.Module(peer.Name), peer.Name, filepath.Join(into, peer.Name, "upstream.yaml")); err != nil {
				return err
			}
		}
		for from, to := range peer.Checkout {
			if err := copyAny(filepath.Join(k.folder, from), filepath.Join(into, peer.Name, to)); err != nil {
				return fmt.Errorf("manifests of %s: %w", peer.Name, err)
			}
		}
	}
	return nil
}

func copyAny(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
