// Package actors plays the peers of the operator on a real API server: Argo CD, argocd-image-updater,
// cert-manager, CloudNativePG with the Barman plugin, ingress and Gateway controllers, the kubelet.
//
// Every actor watches its own kinds and answers as the real system was recorded to answer: the same
// steps in the same order, the same conditions word for word, the same field managers, the same manner
// of writing. What stays out is what an observer in the cluster cannot see: no git, no S3, no PostgreSQL.
//
//	set := actors.All(config, actors.Options{Registry: images})
//	go set.Run(ctx)
//	...
//	set.CNPG.Behave(func(b *actors.Behaviour) { b.Mode = actors.WrongKey })
//
// A Behaviour makes an actor slow, absent or wrong, for all objects or for some, while it runs. Wrong
// modes are named after what the real systems did; each is documented where it is declared.
//
// An actor costs one watch per kind, shared within a Set, and asks nothing else of the API server but its
// writes. A kind that is not served yet is waited for. Run returns when its context ends, and leaves nothing
// behind.
package actors
