package feature

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mgtool/vision"
)

func sampleMaps(t *testing.T, n int) (train, test []Map) {
	a, b, err := vision.Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	get := func(d *vision.Dataset, n int) (list []Map) {
		for i := range min(n, d.Len()) {
			m := NewMap(d.Height, d.Width, d.Channels)
			for k, v := range d.Image(i) {
				m.Values[k] = float64(v) / 255
			}
			list = append(list, m)
		}
		return list
	}
	return get(a, n), get(b, 100)
}

func TestScratch(t *testing.T) {
	tr, te := sampleMaps(t, 1600)
	for _, form := range Forms {
		for _, lam := range []float64{0.1, 1} {
			l := DefaultLearning()
			l.Form, l.Sparsity = form, lam
			l.Epochs = 4
			var log string
			l.Report = func(e int, loss float64) { log += fmt.Sprintf(" %.4f", loss) }
			begin := time.Now()
			m, err := Learn(context.Background(), tr, l)
			if err != nil {
				t.Error(form, lam, err, log)
				continue
			}
			tm := time.Since(begin)
			q, err := Judge(context.Background(), m, te, l.Steps)
			t.Log(form, lam, log, tm, q, err)
		}
	}
}
