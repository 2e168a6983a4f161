package main

// mgtool train nodes.

import (
	"github.com/spf13/cobra"

	"mgtool/graphs/nodes"
)

func (a *app) trainNodes() *cobra.Command {
	return a.trainJob(&nodes.Job{}, jobText{
		Short: "Train a model to classify the nodes of a graph",
		Long: `Train a model to classify the nodes of a graph, from the labels of a few of them.

The file --data has features, labels, edges and the split, as docs/graphs.md describes. The model sees
the whole graph, so that an epoch is one step. --hold-out with any number tests on the
validation nodes; --limit K takes the first K training and test nodes.`,
		Example: `  mgtool train nodes --data cora.txt.gz
  mgtool train nodes --data cora.txt.gz --model gcn --hold-out 1`,
		Data: "file of a graph with features and labels, which may be compressed (.gz)",
	}, func(*cobra.Command) {}, nil)
}
