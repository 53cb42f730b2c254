package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"

	"github.com/afrotomation/afroapp/internal/image"
	"github.com/afrotomation/afroapp/test/registryserver"
)

// Platforms of images. The sample names none, so image-updater is told the platform's default.
const (
	clusterPlatform = "linux/amd64"
	otherPlatform   = "linux/arm64"
)

// shelf is the registry of the sample's image. It bears the name that the image has, on a network in memory: nobody outside is
// asked.
type shelf struct {
	*registryserver.Server
	image   image.Reference
	network *http.Transport
	stop    func()
}

// openShelf with the sample's image on it, as it stands there before the story begins.
func openShelf(f *files) (*shelf, error) {
	_, app, err := f.typed()
	if err != nil {
		return nil, err
	}
	ref, err := image.Parse(app.Spec.Image)
	if err != nil {
		return nil, err
	}
	certificate, err := registryserver.NewCertificate(ref.Registry)
	if err != nil {
		return nil, err
	}
	trust := x509.NewCertPool()
	if !trust.AppendCertsFromPEM(certificate.Bundle) {
		return nil, errors.New("the registry's certificate cannot be trusted")
	}
	network := registryserver.NewNetwork()
	s := &shelf{Server: registryserver.New(), image: ref, network: &http.Transport{
		DialContext: network.Dial, TLSClientConfig: &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12}}}
	s.stop = registryserver.Serve(s, certificate.Over(network.Listen(ref.Registry+":443")))
	_, err = s.push(clusterPlatform)
	return s, err
}

// push another image behind the sample's tag: one, or an index of several.
func (s *shelf) push(platforms ...string) (digest string, err error) {
	if len(platforms) == 1 {
		return s.PushImage(s.image.Repository, s.image.Tag, platforms[0])
	}
	return s.PushIndex(s.image.Repository, s.image.Tag, platforms...)
}

// close may be called of no shelf.
func (s *shelf) close() {
	if s != nil {
		s.network.CloseIdleConnections()
		s.stop()
	}
}
