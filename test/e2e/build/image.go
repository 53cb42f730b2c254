package build

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Image is what is in an image, and how it starts.
type Image struct {
	Names      []string // as manifests name it, with host and tag
	Root       *Root    // what lies below; nil: nothing
	Base       string   // the same as a tar file of this machine
	Entries    []Entry
	User       string
	Env        []string
	Entrypoint []string
}

// Entry is a file, a folder (From and Link are empty) or a link.
type Entry struct {
	Path string // in the image, absolute
	From string // file of this machine; where the node's images are declared also the name of a program as {kubelet}
	Tree string // folder of this machine whose files are all taken
	Text string // content, for a small file
	Link string // target of a symbolic link
	Mode int64  // default: 0755
	UID  int
}

// epoch stamps every file, so that the same content is the same layer.
var epoch = time.Unix(1700000000, 0)

// resolve puts files of this machine in the place of roots and programs.
func (i Image) resolve(cache string, programs Programs) (Image, error) {
	if i.Root != nil {
		i.Base, i.Root = i.Root.Path(cache), nil
	}
	i.Entries = slices.Clone(i.Entries)
	for n, entry := range i.Entries {
		name, is := strings.CutPrefix(entry.From, "{")
		if !is {
			continue
		}
		path, err := programs.Path(strings.TrimSuffix(name, "}"))
		if err != nil {
			return Image{}, err
		}
		i.Entries[n].From = path
	}
	return i, nil
}

// image is the entries' layer on top of the base. Layers are not compressed: they travel over loopback only.
func (i Image) image(work string) (v1.Image, error) {
	var files []string
	if i.Base != "" {
		files = append(files, i.Base)
	}
	if len(i.Entries) > 0 {
		own := filepath.Join(work, strings.NewReplacer("/", "_", ":", "_").Replace(i.Names[0])+".tar")
		if err := writeLayer(own, i.Entries); err != nil {
			return nil, fmt.Errorf("%s: %w", i.Names[0], err)
		}
		files = append(files, own)
	}
	image := mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
	for _, file := range files {
		layer, err := tarLayer(file)
		if err != nil {
			return nil, err
		}
		if image, err = mutate.Append(image, mutate.Addendum{Layer: layer, MediaType: types.OCIUncompressedLayer}); err != nil {
			return nil, err
		}
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", "amd64", v1.Time{Time: epoch}
	config.Config = v1.Config{
		User: i.User, Entrypoint: i.Entrypoint, WorkingDir: "/",
		Env: append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, i.Env...),
	}
	return mutate.ConfigFile(image, config)
}

// fingerprint writes what a resolved image is made from. Paths in the caches are named by what is in them; of the checkout the
// files count, and not where it is, so that another clone takes the same images.
func (i Image) fingerprint(sum io.Writer, checkout string) error {
	fmt.Fprintln(sum, strings.ReplaceAll(fmt.Sprintf("%+v", i), checkout, ""))
	for _, entry := range i.Entries {
		if !strings.HasPrefix(entry.Tree, checkout) {
			continue
		}
		err := filepath.WalkDir(entry.Tree, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			fmt.Fprintf(sum, "%s %q\n", strings.TrimPrefix(path, checkout), data)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func writeLayer(path string, entries []Entry) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // closed below where all went well
	w := tar.NewWriter(file)
	for _, entry := range entries {
		if err := writeEntry(w, entry); err != nil {
			return fmt.Errorf("%s: %w", entry.Path, err)
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return file.Close()
}

func writeEntry(w *tar.Writer, e Entry) error {
	if e.Mode == 0 {
		e.Mode = 0o755
	}
	head := &tar.Header{Name: strings.TrimPrefix(e.Path, "/"), Mode: e.Mode, Uid: e.UID, Gid: e.UID, ModTime: epoch, Format: tar.FormatPAX}
	switch {
	case e.Tree != "":
		return writeTree(w, e)
	case e.Link != "":
		head.Typeflag, head.Linkname = tar.TypeSymlink, e.Link
		return w.WriteHeader(head)
	case e.Text != "":
		head.Size = int64(len(e.Text))
		if err := w.WriteHeader(head); err != nil {
			return err
		}
		_, err := io.WriteString(w, e.Text)
		return err
	case e.From == "":
		head.Typeflag, head.Name = tar.TypeDir, head.Name+"/"
		return w.WriteHeader(head)
	}
	source, err := os.Open(e.From)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // only read
	info, err := source.Stat()
	if err != nil {
		return err
	}
	head.Size = info.Size()
	if err := w.WriteHeader(head); err != nil {
		return err
	}
	_, err = io.Copy(w, source)
	return err
}

func writeTree(w *tar.Writer, e Entry) error {
	return filepath.WalkDir(e.Tree, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(e.Tree, path)
		if err != nil {
			return err
		}
		return writeEntry(w, Entry{Path: filepath.Join(e.Path, relative), From: path, Mode: e.Mode, UID: e.UID})
	})
}

// plain is a layer that is its own tar file.
type plain struct {
	path   string
	digest v1.Hash
	size   int64
}

func tarLayer(path string) (v1.Layer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	digest, size, err := v1.SHA256(file)
	if err != nil {
		return nil, err
	}
	return partial.CompressedToLayer(plain{path: path, digest: digest, size: size})
}

func (p plain) Digest() (v1.Hash, error)            { return p.digest, nil }
func (p plain) DiffID() (v1.Hash, error)            { return p.digest, nil }
func (p plain) Size() (int64, error)                { return p.size, nil }
func (p plain) Compressed() (io.ReadCloser, error)  { return os.Open(p.path) }
func (p plain) MediaType() (types.MediaType, error) { return types.OCIUncompressedLayer, nil }
