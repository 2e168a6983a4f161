package mgnet

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
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
		if got, err := c.config.standardMACs(); err != nil || got != c.want {
			t.Errorf("%s: %d multiply-adds, want %d (%v)", c.name, got, c.want, err)
		}
	}
}

// In the residual form a network of two levels of one step on 8×8 pixels takes,
// forward: the stem 27·4·64, B and A 2·9·16·64, R and Π 2·9·16·16, B on the coarse
// level 9·16·16, the head 4·10.
func TestMeasureSpeed(t *testing.T) {
	const batch, forward = 2, 6912 + 18432 + 4608 + 2304 + 40
	config := MgNet(8, 8, 3, 10, []int{4}, []int{1, 1})
	standard, err := config.standardMACs()
	if err != nil {
		t.Fatal(err)
	}
	for _, train := range []bool{false, true} {
		s, err := MeasureSpeed(context.Background(), config, SpeedOptions{Train: train, Batch: batch, Seconds: 1e-3, Seed: 1, Profile: true})
		if err != nil {
			t.Fatal(err)
		}
		if s.Steps < minSteps || !(0 < s.Quartile1 && s.Quartile1 <= s.StepSeconds && s.StepSeconds <= s.Quartile3) {
			t.Errorf("training %t: %d steps, quartiles %g, %g, median %g", train, s.Steps, s.Quartile1, s.Quartile3, s.StepSeconds)
		}
		if s.Parameters != config.Parameters() || s.MemoryBytes <= 0 {
			t.Errorf("training %t: %d parameters, %d bytes of values", train, s.Parameters, s.MemoryBytes)
		}
		if runtime.GOOS == "linux" && s.PeakResidentBytes < s.MemoryBytes {
			t.Errorf("training %t: %d bytes resident at most, %d of values", train, s.PeakResidentBytes, s.MemoryBytes)
		}
		want, wantExecuted := standard*batch, int64(forward*batch)
		if train {
			// Backward comes everything twice, for features and for weights; the
			// images need no gradient.
			want *= 3
			wantExecuted = (3*forward - 6912) * batch
		}
		if s.StandardMACs != want || s.ExecutedMACs != wantExecuted {
			t.Errorf("training %t: %d and %d multiply-adds, want %d in the standard form and %d executed", train, s.StandardMACs, s.ExecutedMACs, want, wantExecuted)
		}
		var macs, bytes int64
		var seconds float64
		for _, g := range s.Profile {
			macs, bytes, seconds = macs+g.MACs, bytes+g.Bytes, seconds+g.Seconds
		}
		if macs != s.ExecutedMACs || bytes != s.BytesMoved || !(0 < seconds && seconds <= s.MeanSeconds) {
			t.Errorf("training %t: the profile has %d multiply-adds, %d bytes and %g s; the step %d, %d and %g", train, macs, bytes, seconds, s.ExecutedMACs, s.BytesMoved, s.MeanSeconds)
		}
		// Two may take the same time, to the clock.
		if !slices.IsSortedFunc(s.Profile, func(x, y OperationSpeed) int { return cmp.Compare(y.Seconds, x.Seconds) }) {
			t.Errorf("training %t: the profile is not sorted by time", train)
		}
		path := filepath.Join(t.TempDir(), "roofline.png")
		for _, flops := range []float64{0, 1e11} {
			if err := s.WriteRoofline(path, flops, 1e10); err != nil {
				t.Fatal(err)
			}
			if data, err := os.ReadFile(path); err != nil || len(data) < 8 || string(data[1:4]) != "PNG" {
				t.Errorf("the picture is no PNG: %v", err)
			}
		}
	}
}

func TestMeasureSpeedRefuses(t *testing.T) {
	small := MgNet(8, 8, 3, 10, []int{4}, []int{1, 1})
	good := SpeedOptions{Batch: 2, Seconds: 1e-3}
	for name, o := range map[string]SpeedOptions{
		"no images":  {Seconds: 1},
		"too many":   {Batch: 1 << 17, Seconds: 1},
		"no time":    {Batch: 1},
		"two hours":  {Batch: 1, Seconds: 7200},
		"a negative": {Batch: 1, Seconds: -1},
	} {
		if _, err := MeasureSpeed(context.Background(), small, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	large := MgNet(1024, 1024, 1, 10, []int{256}, []int{1})
	if _, err := MeasureSpeed(context.Background(), large, SpeedOptions{Batch: 16, Seconds: 1e-3}); err == nil || !strings.Contains(err.Error(), "12 GB") {
		t.Errorf("a network of more than 12 GB: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := MeasureSpeed(ctx, small, good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
