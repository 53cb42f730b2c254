package apply

import (
	"context"
	"crypto/rand"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// PasswordKeySecret is the one Secret that the operator reads: the key that database passwords are derived from.
	PasswordKeySecret = "afroapp-password-key"
	passwordKeyField  = "key"
	passwordKeySize   = 32
)

// PasswordKey reads the key from the operator's namespace, and makes it on the first start. Of two replicas that make it at
// once one wins, and both use its key. Whoever loses the Secret changes every password: back it up.
func PasswordKey(ctx context.Context, w client.Writer, live client.Reader, namespace string) ([]byte, error) {
	s := &corev1.Secret{}
	name := types.NamespacedName{Namespace: namespace, Name: PasswordKeySecret}
	err := live.Get(ctx, name, s)
	if apierrors.IsNotFound(err) {
		if err = makePasswordKey(ctx, w, namespace); err == nil || apierrors.IsAlreadyExists(err) {
			err = live.Get(ctx, name, s)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("Secret %s: %w", name, err)
	}
	if len(s.Data[passwordKeyField]) < passwordKeySize {
		return nil, fmt.Errorf("Secret %s: field %q holds less than %d bytes; restore it from a backup: every database password is derived from it", name, passwordKeyField, passwordKeySize)
	}
	return s.Data[passwordKeyField], nil
}

func makePasswordKey(ctx context.Context, w client.Writer, namespace string) error {
	key := make([]byte, passwordKeySize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	return w.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: PasswordKeySecret},
		Data:       map[string][]byte{passwordKeyField: key},
	}, FieldOwner)
}
