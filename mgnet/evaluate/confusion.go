package evaluate

// The result of an evaluation as tables and pictures.

import (
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"io"
	"path/filepath"
	"strconv"

	"mgtool/internal/atomicfile"
	"mgtool/internal/picture"
)

// The files of an evaluation.
const (
	confusionTable   = "confusion.csv"
	confusionPicture = "confusion.png"
	mistakesTable    = "mistakes.csv"
	mistakesPicture  = "mistakes.png"
)

// pictureClasses is up to how many classes the confusion matrix is drawn: more are no
// picture to look at, and one of hundreds of megabytes.
const pictureClasses = 500

// WriteFiles writes confusion.csv and confusion.png, a row a true class and a column
// a predicted one, mistakes.csv and mistakes.png into a folder that exists, and
// returns their paths. For more than 500 classes there is no confusion.png, for more than
// 4096 no confusion.csv.
func (e *Evaluation) WriteFiles(dir string) ([]string, error) {
	if c := e.data.Channels; c != 1 && c != 3 {
		return nil, fmt.Errorf("mgnet: images of %d channels cannot be drawn; want 1 (grey) or 3 (red, green, blue)", c)
	}
	var paths []string
	for _, f := range []struct {
		name  string
		write func(w io.Writer) error
	}{
		{confusionTable, e.writeConfusion},
		{confusionPicture, func(w io.Writer) error { return png.Encode(w, e.drawConfusion()) }},
		{mistakesTable, e.writeMistakes},
		{mistakesPicture, func(w io.Writer) error { return png.Encode(w, e.drawMistakes()) }},
	} {
		if f.name == confusionTable && e.Confusion == nil || f.name == confusionPicture && len(e.data.Classes) > pictureClasses {
			continue
		}
		path := filepath.Join(dir, f.name)
		if err := atomicfile.Write(path, f.write); err != nil {
			return paths, fmt.Errorf("mgnet: evaluation: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// predictedNames are those of the columns of Confusion.
func (e *Evaluation) predictedNames() []string {
	names := e.data.Classes
	if len(e.Confusion) > 0 && len(e.Confusion[0]) > len(names) {
		names = append(names[:len(names):len(names)], "other")
	}
	return names
}

// title says what was evaluated, and how.
func (e *Evaluation) title() string {
	return fmt.Sprintf("%s: %d test images, accuracy %.4f, test-time augmentation: %s", e.data.Name, e.data.Len(), e.Accuracy(), e.TTA)
}

func (e *Evaluation) writeConfusion(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write(append([]string{`true\predicted`}, e.predictedNames()...))
	for i, row := range e.Confusion {
		record := []string{e.data.Classes[i]}
		for _, n := range row {
			record = append(record, strconv.Itoa(n))
		}
		c.Write(record)
	}
	c.Flush()
	return c.Error()
}

func (e *Evaluation) drawConfusion() image.Image {
	return picture.Matrix{
		Title: []string{e.title()},
		Row:   "true class", RowNames: e.data.Classes,
		Column: "predicted class", ColNames: e.predictedNames(),
		Counts: e.Confusion,
	}.Draw()
}

// writeMistakes writes a row a mistake; the file is that of an image of class folders,
// below these, and probabilities are one a class of the model.
func (e *Evaluation) writeMistakes(w io.Writer) error {
	c := csv.NewWriter(w)
	header := []string{"index", "file", "label", "predicted", "loss"}
	if len(e.Mistakes) > 0 {
		for k := range e.Mistakes[0].Probabilities {
			header = append(header, "p "+ClassName(e.data.Classes, k))
		}
	}
	c.Write(header)
	for _, m := range e.Mistakes {
		record := []string{strconv.Itoa(m.Index), e.data.File(m.Index), ClassName(e.data.Classes, m.Label), ClassName(e.data.Classes, m.Predicted), strconv.FormatFloat(m.Loss, 'g', 6, 64)}
		for _, p := range m.Probabilities {
			record = append(record, strconv.FormatFloat(float64(p), 'g', 6, 32))
		}
		c.Write(record)
	}
	c.Flush()
	return c.Error()
}

func (e *Evaluation) drawMistakes() image.Image {
	section := picture.Section{Title: fmt.Sprintf("%d images, each with its number or file, its class, and the predicted class with its probability", len(e.Mistakes))}
	for _, m := range e.Mistakes {
		name := strconv.Itoa(m.Index)
		if file := e.data.File(m.Index); file != "" {
			name = filepath.Base(file)
		}
		section.Tiles = append(section.Tiles, picture.Tile{
			Picture: e.data.Picture(m.Index),
			Label:   name + ": " + ClassName(e.data.Classes, m.Label),
			Note:    fmt.Sprintf("%s %.3f", ClassName(e.data.Classes, m.Predicted), m.Probabilities[m.Predicted]),
		})
	}
	return picture.Sheet{Title: []string{e.title(), "mistakes of the largest loss −log p(class), the worst first"}, Sections: []picture.Section{section}}.Draw()
}
