-- A view.
drop view {view}
