package tool

// Pictures of features, on a sheet.

import (
	"fmt"
	"image"
	"slices"

	"mgtool/bridge/feature"
	"mgtool/vision"
)

// writeSheet writes tiles in rows, unless path is empty.
func writeSheet(path string, columns int, tiles []vision.Tile) error {
	if path == "" {
		return nil
	}
	sheet, err := vision.Sheet(columns, tiles)
	if err != nil {
		return err
	}
	return vision.WritePNG(path, sheet)
}

// channel is one channel of a map.
func channel(m feature.Map, c int) feature.Map {
	one := feature.NewMap(m.Height, m.Width, 1)
	for i := range one.Values {
		one.Values[i] = m.Values[i*m.Channels+c]
	}
	return one
}

// tone draws a map of one or three channels, black to white.
func tone(m feature.Map, black, white float64) image.Image {
	values := make([]float32, len(m.Values))
	for i, v := range m.Values {
		values[i] = float32(v)
	}
	f, err := vision.NewFeature(values, m.Height, m.Width, m.Channels)
	if err != nil {
		return image.NewGray(image.Rect(0, 0, m.Width, m.Height)) // maps that are solved are finite
	}
	return f.Picture(float32(black), float32(white))
}

// mapTile draws a map from its smallest value, or 0, to its largest.
func mapTile(label string, m feature.Map) vision.Tile {
	black, white := min(0, slices.Min(m.Values)), slices.Max(m.Values)
	if white <= black {
		white = black + 1
	}
	return vision.Tile{Picture: tone(m, black, white), Label: label, Note: fmt.Sprintf("%.3g to %.3g", black, white)}
}
