package build

import "github.com/afrotomation/afroapp/test/pinned"

var coredns = Peer{
	Name:     "coredns",
	Programs: []pinned.Program{own("coredns", "github.com/coredns/coredns", "40 s")},
	Images: func(Sources) ([]Image, error) {
		return []Image{{
			Names:   []string{"registry.k8s.io/coredns/coredns:v1.15.0"},
			Entries: []Entry{{Path: "/coredns", From: "{coredns}"}}, Entrypoint: []string{"/coredns"}, User: "65532:65532",
		}}, nil
	},
}
