package apply

import (
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// patience is how long a cache may lag behind a write before it is doubted.
const patience = 10 * time.Second

// pending remembers writes that the caches have not shown yet. Without it a pass that runs before the watch event
// would send the same apply again.
type pending struct {
	mu    sync.Mutex
	sent  map[expand.Key]sentApply
	clock func() time.Time
}

type sentApply struct {
	row             v1alpha1.Child
	resourceVersion string
	at              time.Time
}

func newPending(clock func() time.Time) *pending {
	return &pending{sent: map[expand.Key]sentApply{}, clock: clock}
}

func (p *pending) record(key expand.Key, row v1alpha1.Child, resourceVersion string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent[key] = sentApply{row: row, resourceVersion: resourceVersion, at: p.clock()}
}

// covers tells whether the intent with this hash was sent, and the cache has not come to it yet.
func (p *pending) covers(key expand.Key, hash string, uid types.UID, cached string) (v1alpha1.Child, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.sent[key]
	if !ok {
		return v1alpha1.Child{}, false
	}
	caughtUp := uid == s.row.UID && !older(cached, s.resourceVersion)
	if caughtUp || p.clock().Sub(s.at) > patience {
		delete(p.sent, key)
		return v1alpha1.Child{}, false
	}
	return s.row, s.row.Hash == hash
}

// unseen tells whether the cache has not come to what was last sent.
func (p *pending) unseen(key expand.Key, uid types.UID, cached string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.sent[key]
	return ok && (uid != s.row.UID || older(cached, s.resourceVersion)) && p.clock().Sub(s.at) <= patience
}

// Forget drops what was remembered of a child: it was seen to be deleted.
func (p *pending) forget(key expand.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sent, key)
}

// older compares resource versions of one kind, which are numbers that grow (KEP-5504).
func older(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX != nil || errY != nil || x < y
}
