// Package faults proves what the operator does when the world fails: the promises of docs/decisions.md as oracles that hold
// over every story, whatever is injected while it is told.
//
// A Story is a starting state, steps that people take, and a wanted end. Whoever adds a story to Stories has it told by every
// suite. A Stage tells it on a real API server: the operator runs in this process, with
// the rights of an installation, behind a Wire on which each request can fail. A Recorder, which knows nothing of the operator,
// keeps every change of every object; the oracles judge that record.
package faults
