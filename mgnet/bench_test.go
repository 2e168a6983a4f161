package mgnet

import (
	"testing"
)

// The reference is the formula in benchmarks/mgnet_torch.py, for four levels of
// two smoothing steps and one channel count on images of 32×32×3.
func TestStandardMACs(t *testing.T) {
	peer := func(c int64) int64 {
		hw := []int64{1024, 256, 64, 16}
		macs := 27 * c * hw[0]
		for l := range hw {
			macs += 4 * 9 * c * c * hw[l]
			if l < 3 {
				macs += 9 * c * c * (hw[l] + 3*hw[l+1])
			}
		}
		return macs
	}
	wide := MgNet(5, 5, 3, 10, []int{4, 6}, []int{2, 1})
	wide.Stem = 7
	for _, c := range []struct {
		name   string
		config Config
		want   int64
	}{
		{"64 channels", MgNet(32, 32, 3, 10, []int{64}, []int{2, 2, 2, 2}), peer(64)},
		{"64 channels, by hand", MgNet(32, 32, 3, 10, []int{64}, []int{2, 2, 2, 2}), 289013760},
		{"256 channels", MgNet(32, 32, 3, 10, []int{256}, []int{2, 2, 2, 2}), peer(256)},
		// Stem 49·3·4·25, smoothing 4·9·16·25 and 2·9·36·9, A u 9·16·25,
		// R and Π 2·9·24·9, A u₀ 9·36·9.
		{"other channels, stem and an odd size", wide, 14700 + 14400 + 5832 + 3600 + 3888 + 2916},
	} {
		if got, err := c.config.StandardMACs(); err != nil || got != c.want {
			t.Errorf("%s: %d multiply-adds, want %d (%v)", c.name, got, c.want, err)
		}
	}
}
