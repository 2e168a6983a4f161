package tool

// A and B of the constrained linear model learned from images.

import (
	"context"
	"fmt"
	"image"

	"mgtool/bridge/feature"
	"mgtool/internal/picture"
	"mgtool/vision"
)

// LearnFeature says from which images A and B are learned.
type LearnFeature struct {
	Data  Data
	Limit int // training images; 0 for all
	feature.Learning
	Save string // JSON file of the model; may be empty
	Out  string // PNG file of a sheet; may be empty
}

// LearnReport has what was learned, and how well it explains images.
type LearnReport struct {
	Model               feature.Model
	Train, Test         int // images
	Losses              []float64
	Before, OnTrain, On *feature.Quality // On is on the test images; nil if the learning was stopped
}

// judgedImages is on how many images of the test set a model is judged.
const judgedImages = 200

// Run learns A and B, judges them on images they have not seen, and draws them. If ctx is cancelled it
// saves what was learned until then, and returns the error of ctx with the report.
func (l LearnFeature) Run(ctx context.Context, r Reporter) (*LearnReport, error) {
	if err := l.Learning.Validate(); err != nil {
		return nil, Usage(err)
	}
	if l.Limit < 0 {
		return nil, Usagef("--limit %d; want 0 or more", l.Limit)
	}
	if err := CheckFile("save", l.Save, ".json"); err != nil {
		return nil, err
	}
	if err := CheckFile("out", l.Out, ".png"); err != nil {
		return nil, err
	}
	if _, err := vision.Describe(l.Data.Name); err != nil {
		return nil, Usage(err)
	}
	if err := l.Data.checkDir(); err != nil {
		return nil, err
	}
	sets, err := orStop(ctx, func() (sets [2]*vision.Dataset, err error) {
		sets[0], sets[1], err = vision.Load(l.Data.Name, l.Data.Files())
		return sets, err
	})
	if err != nil {
		return nil, err
	}
	if l.Limit == 0 {
		l.Limit = sets[0].Len()
	}
	train, test := imageMaps(sets[0], l.Limit), imageMaps(sets[1], judgedImages)
	if len(train) < l.Batch {
		return nil, Usagef("--batch %d of %d images; want as many images at least", l.Batch, len(train))
	}
	report := &LearnReport{Train: len(train), Test: len(test)}
	l.Learning.Report = func(epoch int, loss float64) {
		report.Losses = append(report.Losses, loss)
		r.note("epoch %d/%d  loss %.5f", epoch, l.Epochs, loss)
	}
	defer r.status("")
	r.status("learning A and B")
	report.Model, err = feature.Learn(ctx, train, l.Learning)
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	if l.Save != "" {
		if err := report.Model.WriteFile(l.Save); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return report, err
	}
	r.status("features of test images")
	before, err := l.Learning.Start(test[0].Channels)
	if err != nil {
		return nil, err
	}
	var judged [3]feature.Quality
	for i, one := range []struct {
		feature.Model
		images []feature.Map
	}{{before, test}, {report.Model, train[:min(judgedImages, len(train))]}, {report.Model, test}} {
		judged[i], err = feature.Judge(ctx, one.Model, one.images, l.Steps)
		switch {
		case ctx.Err() != nil:
			return report, ctx.Err()
		case err != nil:
			return nil, err
		}
	}
	report.Before, report.OnTrain, report.On = &judged[0], &judged[1], &judged[2]
	if l.Out == "" {
		return report, nil
	}
	return report, l.draw(ctx, report, test)
}

// draw writes the kernels of A and B, and of some images g, A u and the channels of u.
func (l LearnFeature) draw(ctx context.Context, report *LearnReport, test []feature.Map) error {
	m := report.Model
	columns := m.A.In + 2
	row := func(name string, k feature.Kernel, of func(c, q int) float64) (tiles []vision.Tile) {
		blank := image.NewGray(image.Rect(0, 0, k.Width, k.Width))
		for i := range blank.Pix {
			blank.Pix[i] = 255
		}
		tiles = append(tiles, vision.Tile{Picture: blank, Label: name}, vision.Tile{Picture: blank, Label: "red > 0 > blue"})
		for c := range m.A.In {
			values := make([]float32, k.Width*k.Width)
			for q := range values {
				values[q] = float32(of(c, q))
			}
			limit := picture.Largest(values)
			tiles = append(tiles, vision.Tile{Picture: picture.Signed(values, k.Width, k.Width, limit), Label: fmt.Sprintf("%s, channel %d", name, c), Note: fmt.Sprintf("to ±%.2g", limit)})
		}
		return tiles
	}
	mean := func(w []float64) (sum float64) {
		for _, v := range w {
			sum += v / float64(len(w))
		}
		return sum
	}
	// Of images in colour, the mean over their channels.
	tiles := row("A", m.A, func(c, q int) float64 {
		at := (q*m.A.In + c) * m.A.Out
		return mean(m.A.Weights[at : at+m.A.Out])
	})
	tiles = append(tiles, row("B", m.B, func(c, q int) float64 {
		var w []float64
		for i := range m.B.In {
			w = append(w, m.B.Weights[(q*m.B.In+i)*m.B.Out+c])
		}
		return mean(w)
	})...)
	for _, g := range test[:min(5, len(test))] {
		var left feature.Map
		u, err := m.Solve(ctx, g, l.Steps, func(_ int, _, r feature.Map) { left = r })
		if err != nil {
			return err
		}
		au := feature.NewMap(g.Height, g.Width, g.Channels)
		for i := range au.Values {
			au.Values[i] = g.Values[i] - left.Values[i]
		}
		tiles = append(tiles, vision.Tile{Picture: tone(g, 0, 1), Label: "g"}, vision.Tile{Picture: tone(au, 0, 1), Label: "A u", Note: fmt.Sprintf("residual %.3f", left.Norm()/g.Norm())})
		for c := range u.Channels {
			tiles = append(tiles, mapTile(fmt.Sprintf("u, channel %d", c), channel(u, c)))
		}
	}
	return writeSheet(l.Out, columns, tiles)
}

// imageMaps are the first images of a set, with values from 0 to 1.
func imageMaps(d *vision.Dataset, most int) (list []feature.Map) {
	for i := range min(most, d.Len()) {
		g := feature.NewMap(d.Height, d.Width, d.Channels)
		for k, v := range d.Image(i) {
			g.Values[k] = float64(v) / 255
		}
		list = append(list, g)
	}
	return list
}
