// A letter dragged onto a person is ticked, the person chosen, and the form sent: the same page follows as without script.
(function () {
  "use strict";
  var form = document.getElementById("handing");
  if (!form) return;
  var to = form.elements.namedItem("to");
  var dragged = null;

  function person(event) {
    return event.target.closest ? event.target.closest("tr[data-person]") : null;
  }
  function mark(row) {
    document.querySelectorAll("tr.is-target").forEach(function (one) { one.classList.remove("is-target"); });
    if (row) row.classList.add("is-target");
  }

  document.querySelectorAll("tr[data-letter]").forEach(function (row) {
    row.draggable = true;
    row.addEventListener("dragstart", function (event) {
      dragged = row;
      row.classList.add("is-dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.letter);
    });
    row.addEventListener("dragend", function () {
      dragged = null;
      row.classList.remove("is-dragged");
      mark(null);
    });
  });
  document.addEventListener("dragover", function (event) {
    var row = person(event);
    if (!dragged) return;
    mark(row);
    if (row) event.preventDefault();
  });
  document.addEventListener("drop", function (event) {
    var row = person(event);
    if (!dragged || !row) return;
    event.preventDefault();
    var box = dragged.querySelector("input[type=checkbox]");
    if (!box.checked) {
      // A letter that is not ticked goes alone.
      form.querySelectorAll("input[name=case]").forEach(function (one) { one.checked = one === box; });
    }
    to.value = row.dataset.person;
    form.submit();
  });
})();
