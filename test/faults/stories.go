package faults

// shop is the app of most stories: a host, a database in the shared Cluster, an image that is followed.
const shop = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: web, namespace: shop}
spec:
  image: ghcr.io/codenificient/shop:latest
  port: 3000
  hosts: [shop.afrotomation.com]
  database: {}
`

// moved is shop with another host, a Cluster of its own beside it, and a certificate of its own.
const moved = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: web, namespace: shop}
spec:
  image: ghcr.io/codenificient/shop:latest
  port: 3001
  hosts: [moved.afrotomation.com]
  tls: {mode: PerHost}
  database: {}
`

const dedicated = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: web, namespace: shop}
spec:
  image: ghcr.io/codenificient/shop:latest
  port: 3000
  hosts: [shop.afrotomation.com]
  database: {mode: Dedicated}
`

// other claims the host of shop, and gets it once shop is gone.
const other = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: other, namespace: shop}
spec:
  image: ghcr.io/codenificient/other:latest
  port: 3000
  hosts: [shop.afrotomation.com]
`

var app = Object("platform.afrotomation.com/v1alpha1", "AfroApp", "shop", "web")

// Stories that every suite tells.
var Stories = []Story{
	{Name: "onboard", Steps: []Step{Apply(shop)}},
	{Name: "onboard-dedicated", Steps: []Step{Apply(dedicated)}},
	{Name: "move-host", Start: shop, Steps: []Step{Apply(moved)}},
	{Name: "take-away-parts", Start: shop, Steps: []Step{Edit(app, `{"spec":{"hosts":null,"port":null,"database":null}}`)}},
	{Name: "delete", Start: shop, Steps: []Step{DeleteApp("shop", "web")}},
	{Name: "delete-dedicated", Start: dedicated, Steps: []Step{DeleteApp("shop", "web")}},
	{Name: "come-again", Start: shop, Steps: []Step{DeleteApp("shop", "web"), Apply(shop)}},
	{Name: "one-host-two-apps", Start: shop, Steps: []Step{Apply(other), DeleteApp("shop", "web")}},
	{Name: "pause", Start: shop, Steps: []Step{
		Edit(app, `{"metadata":{"annotations":{"platform.afrotomation.com/paused":"true"}}}`),
		Edit(app, `{"spec":{"hosts":["moved.afrotomation.com"]}}`),
		Edit(app, `{"metadata":{"annotations":{"platform.afrotomation.com/paused":null}}}`),
	}},
	{Name: "drift", Start: shop, Steps: []Step{
		Edit(Object("networking.k8s.io/v1", "Ingress", "shop", "web"), `{"spec":{"ingressClassName":"other"}}`),
	}},
	{Name: "grants-are-taken-back", Start: shop, Steps: []Step{
		Edit(Object("platform.afrotomation.com/v1alpha1", "AfroPlatform", "", "default"), `{"spec":{"registries":[{"host":"docker.io"}]}}`),
	}},
}
