# Every target is one script in bin/, so that CI, people and docs call the same thing.
.PHONY: setup demo serve test lint bench docs
setup: ; @bin/setup
demo: ; @bin/demo $(ARGS)
serve: ; @bin/serve $(ARGS)
test: ; @bin/test $(ARGS)
lint: ; @bin/lint
bench: ; @bin/bench $(ARGS)
docs: ; @bin/docs
