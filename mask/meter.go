package mask

// What a segmentation is worth.

import (
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"

	"mgtool/internal/picture"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/source"
)

// meter counts pixels by class and prediction.
type meter struct {
	job   *Job
	pairs *Pairs
	// counts has a row for each class, and a column for each prediction, the last for none:
	// of scores that are no numbers.
	counts [][]int
	// masks are the predictions of the pictures so far, of all their pixels; the number of
	// classes is none.
	masks []uint8
}

func newMeter(j *Job, pairs *Pairs) *meter {
	m := &meter{job: j, pairs: pairs}
	for range j.Values {
		m.counts = append(m.counts, make([]int, len(j.Values)+1))
	}
	return m
}

// Add implements [job.Meter].
func (m *meter) Add(outputs []float32, n int, targets *source.Batch) {
	classes := len(m.job.Values)
	for i := range len(outputs) / classes {
		said := evaluate.Best(outputs[i*classes : (i+1)*classes])
		if said < 0 {
			said = classes
		}
		m.masks = append(m.masks, uint8(said))
		if label := targets.Labels[i]; label >= 0 {
			m.counts[label][said]++
		}
	}
}

// overlap is the intersection of the regions of truth and prediction of a class, and the
// pixels of each.
func (m *meter) overlap(k int) (both, truth, said float64) {
	for l := range m.counts {
		said += float64(m.counts[l][k])
	}
	for _, n := range m.counts[k] {
		truth += float64(n)
	}
	return float64(m.counts[k][k]), truth, said
}

// Metrics implements [job.Meter]. A class that is in neither truth nor prediction has no
// overlap, NaN, and does not enter the means.
func (m *meter) Metrics() []job.Metric {
	var iou, dice []job.Metric
	var sumIoU, sumDice, present, right, all float64
	for k, name := range m.job.Names {
		both, truth, said := m.overlap(k)
		right, all = right+both, all+truth
		i, d := both/(truth+said-both), 2*both/(truth+said)
		if truth+said > 0 {
			sumIoU, sumDice, present = sumIoU+i, sumDice+d, present+1
		}
		iou = append(iou, job.Metric{Name: "IoU " + name, Value: i})
		dice = append(dice, job.Metric{Name: "Dice " + name, Value: d})
	}
	list := []job.Metric{
		{Name: "pixel accuracy", Value: right / all}, {Name: "mean IoU", Value: sumIoU / present}, {Name: "mean Dice", Value: sumDice / present},
	}
	return append(append(list, iou...), dice...)
}

// sheetRows is how many pictures a sheet shows.
const sheetRows = 12

// WriteFiles implements [job.Meter]: the predicted masks, and a sheet of the first pictures
// with their truth and prediction.
func (m *meter) WriteFiles(dir string) ([]string, error) {
	h, w := m.pairs.Height, m.pairs.Width
	size := h * w
	folder := filepath.Join(dir, "masks")
	var files []string
	var tiles []picture.Tile
	for i := range len(m.masks) / size {
		if at := slices.Index(m.masks[i*size:(i+1)*size], uint8(len(m.job.Values))); at >= 0 {
			return nil, fmt.Errorf("mask: %s: %w", m.pairs.Files[i], notNumbers(at))
		}
		said := m.job.draw(m.masks[i*size:(i+1)*size], h, w)
		file := filepath.Join(folder, m.pairs.Files[i]+".png")
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return nil, fmt.Errorf("mask: %w", err)
		}
		if err := writePNG(file, said); err != nil {
			return nil, err
		}
		if i >= sheetRows {
			continue
		}
		truth, right, counted := m.truth(i), 0, 0
		for p, label := range m.pairs.Labels[i*size : (i+1)*size] {
			if label >= 0 {
				counted++
				if int(label) == int(m.masks[i*size+p]) {
					right++
				}
			}
		}
		note := ""
		if counted > 0 {
			note = fmt.Sprintf("%.1f%% of the pixels right", 100*float64(right)/float64(counted))
		}
		tiles = append(tiles,
			picture.Tile{Picture: m.pairs.picture(i), Label: m.pairs.Files[i]},
			picture.Tile{Picture: truth, Label: "truth"},
			picture.Tile{Picture: said, Label: "prediction", Note: note})
	}
	files = append(files, folder)
	if len(tiles) > 0 {
		sheet := picture.Sheet{Title: []string{"Pictures, their masks, and the masks predicted"}, Sections: []picture.Section{{Tiles: tiles, Columns: 6, Side: 160}}}
		file := filepath.Join(dir, "masks.png")
		if err := writePNG(file, sheet.Draw()); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// truth draws the mask of a picture.
func (m *meter) truth(i int) image.Image {
	h, w := m.pairs.Height, m.pairs.Width
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for p, label := range m.pairs.Labels[i*h*w : (i+1)*h*w] {
		c := color.RGBA{128, 128, 128, 255} // not counted
		if label >= 0 {
			c = classColor(int(label))
		}
		img.SetRGBA(p%w, p/w, c)
	}
	return img
}

// picture draws a picture.
func (p *Pairs) picture(i int) image.Image {
	size := p.Height * p.Width
	img := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	for k := range size {
		v := p.Pixels[(i*size+k)*p.Channels:][:p.Channels]
		c := color.RGBA{v[0], v[0], v[0], 255}
		if p.Channels == 3 {
			c = color.RGBA{v[0], v[1], v[2], 255}
		}
		img.SetRGBA(k%p.Width, k/p.Width, c)
	}
	return img
}
