package actors

import (
	"strings"

	"k8s.io/client-go/rest"
)

// NoAnswer leaves every Ingress without an address, as a controller without a published one does.
const NoAnswer Mode = "NoAnswer"

const tailscaleFinalizer = "tailscale.com/finalizer"

// IngressClass is how one ingress controller answers.
type IngressClass struct {
	// Manager is its field manager.
	Manager string
	// IP that it publishes.
	IP string
	// Tailnet is the domain of the tailnet, for the Tailscale operator: the address is the first label of the first TLS
	// host in it, and a finalizer keeps the Ingress until its proxy is gone.
	Tailnet string
}

// IngressOptions are the installed ingress controllers.
type IngressOptions struct {
	// Classes by name. An Ingress of another class gets no answer. Default: nginx, traefik and tailscale.
	Classes map[string]IngressClass
}

// Ingress plays ingress-nginx, Traefik and the Tailscale operator, as far as the address goes.
type Ingress struct {
	role
	options IngressOptions
}

// NewIngress makes ingress controllers that do not run yet.
func NewIngress(config *rest.Config, o IngressOptions) *Ingress {
	if o.Classes == nil {
		o.Classes = map[string]IngressClass{
			"nginx":     {Manager: "nginx-ingress-controller", IP: "192.0.2.10"},
			"traefik":   {Manager: "traefik", IP: "192.0.2.11"},
			"tailscale": {Manager: "operator", Tailnet: "tail0000.ts.net"},
		}
	}
	i := &Ingress{options: o}
	i.role = newRole(config, "ingress controllers", "ingress-controllers", NoAnswer)
	i.cast = func(p *player) error { return p.on(ingresses, i.ingress) }
	return i
}

func (i *Ingress) ingress(s *scene) error {
	ingress := s.object
	if ingress == nil {
		return nil
	}
	class, ok := i.options.Classes[text(ingress, "spec", "ingressClassName")]
	if !ok {
		return nil
	}
	s = s.as(class.Manager)
	if ingress.GetDeletionTimestamp() != nil {
		return unguard(s, ingresses, ingress, tailscaleFinalizer)
	}
	if s.mode() == NoAnswer {
		return nil
	}
	if class.Tailnet != "" {
		var err error
		if ingress, err = guarded(s, ingresses, ingress, tailscaleFinalizer); err != nil {
			return err
		}
	}
	if field(ingress.Object, "status", "loadBalancer", "ingress") != nil {
		return nil
	}
	if err := s.step(); err != nil {
		return err
	}
	_, err := s.putStatus(ingresses, ingress, func(o *object) {
		set(o, []any{class.address(o)}, "status", "loadBalancer", "ingress")
	})
	return err
}

func (c IngressClass) address(ingress *object) map[string]any {
	if c.Tailnet == "" {
		return map[string]any{"ip": c.IP}
	}
	label := ingress.GetNamespace() + "-" + ingress.GetName() + "-ingress"
	for _, tls := range items(ingress, "spec", "tls") {
		if hosts := texts(tls["hosts"]); len(hosts) > 0 {
			label, _, _ = strings.Cut(hosts[0], ".")
			break
		}
	}
	return map[string]any{
		"hostname": label + "." + c.Tailnet,
		"ports":    []any{map[string]any{"port": int64(443), "protocol": "TCP"}},
	}
}
