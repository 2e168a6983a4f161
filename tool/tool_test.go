package tool

import (
	"context"
	"testing"
)

// Work that takes no notice of a cancelled context is given up at once.
func TestOrStop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	if v, err := orStop(ctx, func() (int, error) { return 3, nil }); v != 3 || err != nil {
		t.Errorf("%d, %v; want 3", v, err)
	}
	hang := make(chan struct{})
	defer close(hang)
	cancel()
	if v, err := orStop(ctx, func() (int, error) { <-hang; return 3, nil }); v != 0 || err != context.Canceled {
		t.Errorf("%d, %v; want 0 and that it was cancelled", v, err)
	}
}
