// Command check says of Kubernetes objects what an API server of the version in go.mod would say if they were created,
// with the custom resource definitions that it is given, and without a server.
//
//	check index SOURCE… FOLDER   splits definitions in YAML into FOLDER/<group>/<kind>.json
//	check objects FOLDER…        reads {"documents":[{"name","text"}]} and writes {"objects":[{"document","object","findings":[{"rule","field","message"}]}]}
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

type document struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

type finding struct {
	// unreadable, unknown-kind, deprecated, unknown-field or invalid
	Rule    string `json:"rule"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

type judged struct {
	Document string         `json:"document"`
	Object   map[string]any `json:"object"`
	Findings []finding      `json:"findings"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) >= 3 && args[0] == "index":
		return index(args[1:len(args)-1], args[len(args)-1])
	case len(args) >= 1 && args[0] == "objects":
		var input struct {
			Documents []document `json:"documents"`
		}
		if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
		objects := judge(input.Documents, newDefinitions(args[1:]))
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"objects": objects})
	default:
		return fmt.Errorf("usage: check index SOURCE… FOLDER | check objects FOLDER…")
	}
}
