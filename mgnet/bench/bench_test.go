package bench

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

	"mgtool/mgnet"
)

// In the residual form a network of two levels of one step on 8×8 pixels takes,
// forward: the stem 27·4·64, B and A 2·9·16·64, R and Π 2·9·16·16, B on the coarse
// level 9·16·16, the head 4·10.
func TestMeasureSpeed(t *testing.T) {
	const batch, forward = 2, 6912 + 18432 + 4608 + 2304 + 40
	config := mgnet.MgNet(8, 8, 3, 10, []int{4}, []int{1, 1})
	standard, err := config.StandardMACs()
	if err != nil {
		t.Fatal(err)
	}
	for _, train := range []bool{false, true} {
		s, err := Measure(context.Background(), config, Options{Train: train, Batch: batch, Seconds: 1e-3, Seed: 1, Profile: true})
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
	small := mgnet.MgNet(8, 8, 3, 10, []int{4}, []int{1, 1})
	good := Options{Batch: 2, Seconds: 1e-3}
	for name, o := range map[string]Options{
		"no images":  {Seconds: 1},
		"too many":   {Batch: 1 << 17, Seconds: 1},
		"no time":    {Batch: 1},
		"two hours":  {Batch: 1, Seconds: 7200},
		"a negative": {Batch: 1, Seconds: -1},
	} {
		if _, err := Measure(context.Background(), small, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	large := mgnet.MgNet(1024, 1024, 1, 10, []int{256}, []int{1})
	if _, err := Measure(context.Background(), large, Options{Batch: 16, Seconds: 1e-3}); err == nil || !strings.Contains(err.Error(), "12 GB") {
		t.Errorf("a network of more than 12 GB: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Measure(ctx, small, good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
