"""The labelling page in a real browser, as its users go about it."""

import subprocess
import time

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import until

from geoclass.core import tables
from geoclass.labelling.store import LabelStore

PLACE = """async (position) => {
  const { map, middle } = await import("/js/map.js");
  const point = map.latLngToContainerPoint(middle(position));
  const frame = map.getContainer().getBoundingClientRect();
  return [point.x + frame.x, point.y + frame.y];
}"""
STATE = """async () => {
  const { state } = await import("/js/state.js");
  const { map } = await import("/js/map.js");
  return { scene: state.scene.scene, ids: state.scene.tile_ids, current: state.current, selection: [...state.selection],
    labels: Object.fromEntries([...state.labels].map(([id, label]) => [id, label.class_id])), layer: state.layer,
    centre: [map.getCenter().lng, map.getCenter().lat], zoom: map.getZoom(), keys: state.classes.map((one) => one.class_id) };
}"""


def state(page):
    return page.evaluate(STATE)


def click(page, position, **options):
    page.mouse.click(*page.evaluate(PLACE, position), **options)


def labelled(page, n):
    """Wait until the page knows of n labels; return them."""
    until(page, "n => import('/js/state.js').then(({ state }) => state.scene !== null && state.labels.size === n)", n)
    until(page, "!document.querySelector('#saved').textContent.startsWith('saving')")
    return state(page)["labels"]


def stored(server):
    with LabelStore(server.folder / "mine" / "labels.gpkg") as store:
        return store.labels()


def test_a_first_label_takes_a_few_steps_and_is_there_after_a_reload(visit, server):
    page = visit(helped=False)
    page.locator("#help-dialog").get_by_text("The label is saved at once").wait_for()
    page.get_by_role("button", name="Start labelling").click()
    click(page, 40)
    until(page, "document.querySelectorAll('#vario path').length === 4")
    assert page.locator("#tile-image").evaluate("image => image.naturalWidth") == 48
    assert page.locator("#tile-id").input_value() == state(page)["ids"][40]
    page.keyboard.press("4")
    assert labelled(page, 1) == {state(page)["ids"][40]: 4}
    page.locator("#tile-said").get_by_text("Parallel", exact=True).wait_for()
    page.reload()
    assert labelled(page, 1) == {state(page)["ids"][40]: 4} and state(page)["current"] == 40
    assert not page.locator("#help-dialog").is_visible()
    assert stored(server)[["class_id", "origin"]].to_numpy().tolist() == [[4, "human"]]


def test_the_map_is_dragged_zoomed_and_stretched(visit):
    page = visit()
    before = state(page)
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_timeout(600)
    page.mouse.move(700, 450)
    page.mouse.down()
    page.mouse.move(600, 380, steps=8)
    page.mouse.up()
    page.wait_for_timeout(600)
    after = state(page)
    assert after["zoom"] > before["zoom"]
    scale = 2 ** after["zoom"]
    assert after["centre"][0] - before["centre"][0] > 60 / scale and after["centre"][1] - before["centre"][1] > 40 / scale
    page.mouse.move(700, 500)
    assert "EPSG:3413" in page.locator("#place").text_content() and "row" in page.locator("#place").text_content()
    low = page.locator("#low").input_value()
    with page.expect_response(lambda answer: "/image/" in answer.url and answer.ok):
        page.get_by_role("button", name="view").click()
        until(page, "low => document.querySelector('#low').value !== low", low)
    until(page, "document.querySelectorAll('.leaflet-tile-loaded').length")
    page.locator("#overlay").wait_for()


@pytest.mark.parametrize(
    "stretch, shown, stepped",
    [
        ([203.4, 1697.6], ["203", "1698"], "204"),
        ([0.0526, 0.6], ["0.053", "0.6"], "0.054"),
        ([-3e-5, 0], ["-0.00003", "0"], "-0.0000299"),
    ],
)
def test_a_stretch_has_the_digits_that_its_width_needs(visit, stretch, shown, stepped):
    """Counts, reflectances, and reflectances of little contrast."""
    page = visit()
    set_stretch = "stretch => import('/js/state.js').then(({ state, emit }) => { state.stretch = stretch; emit('stretch'); })"
    page.evaluate(set_stretch, stretch)
    low, high = page.locator("#low"), page.locator("#high")
    assert [float(low.input_value()), float(high.input_value())] == [float(value) for value in shown]
    low.press("ArrowUp")
    assert float(low.input_value()) == float(stepped)
    low.press("Enter")
    until(page, "low => import('/js/state.js').then(({ state }) => state.stretch[0] === low)", float(stepped))


def test_vario_functions_of_reflectances_are_drawn_to_their_scale(visit):
    page = visit()
    draw = """async () => {
      const { draw } = await import("/js/chart.js");
      const svg = document.querySelector("#vario");
      const curve = { azimuths_deg: [64], distances_m: [[1, 2, 3]], values: [[0, 0.00003, 0.00006]] };
      draw(svg, curve, null);
      return [[...svg.querySelectorAll("text")].map((text) => text.textContent), svg.querySelector("path").getBBox().height];
    }"""
    texts, height = page.evaluate(draw)
    assert {"0", "2e-5", "4e-5", "6e-5", "64°"} <= set(texts) and height > 100


def test_a_polygon_labels_what_it_holds_and_can_be_taken_back(visit):
    page = visit()
    page.get_by_title("Select tiles by polygon").click()
    left, top, right, bottom = 400, 300, 700, 560
    for x, y in ((left, top), (right, top), (right, bottom), (left, bottom)):
        page.mouse.click(x, y)
        page.wait_for_timeout(350)  # else two clicks are a double click
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#hint').textContent.includes('split-images chosen')")
    places = [page.evaluate(PLACE, position) for position in range(len(state(page)["ids"]))]
    inner, outer = (
        {position for position, (x, y) in enumerate(places) if left - m < x < right + m and top - m < y < bottom + m}
        for m in (-3, 3)  # a click lies on a whole pixel
    )
    chosen = set(state(page)["selection"])
    assert inner <= chosen <= outer and len(inner) > 10
    page.keyboard.press("9")
    assert set(labelled(page, len(chosen)).values()) == {9} and not state(page)["selection"]
    page.keyboard.press("u")
    assert labelled(page, 0) == {}
    page.keyboard.press("Control+Shift+z")
    labelled(page, len(chosen))
    page.keyboard.press("Control+z")
    labelled(page, 0)


def test_a_box_is_dragged_with_shift(visit):
    page = visit()
    (left, right), (top, bottom) = (sorted(values) for values in zip(*(page.evaluate(PLACE, n) for n in (30, 64)), strict=True))
    page.keyboard.down("Shift")
    page.mouse.move(left - 5, top - 5)
    page.mouse.down()
    page.mouse.move(right + 5, bottom + 5, steps=5)
    page.mouse.up()
    page.keyboard.up("Shift")
    until(page, "import('/js/state.js').then(({ state }) => state.selection.size > 1)")
    assert {30, 64} <= set(state(page)["selection"])
    page.keyboard.press("Escape")
    assert state(page)["selection"] == []


def test_all_can_be_done_with_the_keyboard_alone(visit):
    page = visit()
    page.keyboard.press("n")
    until(page, "import('/js/state.js').then(({ state }) => state.current === 0)")
    page.keyboard.press("2")
    labelled(page, 1)
    until(page, "import('/js/state.js').then(({ state }) => state.current === 1)")  # the list goes on by itself
    for key, class_id in (("s", "1"), ("d", "c"), ("ArrowUp", "f")):
        page.keyboard.press(key)
        page.keyboard.press(class_id)
    assert sorted(labelled(page, 4).values()) == [1, 2, 10, 11]
    page.keyboard.press("x")
    labelled(page, 3)
    for _ in range(2):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    until(page, "import('/js/state.js').then(({ state }) => state.selection.size >= 4)")
    chosen = len(state(page)["selection"])
    with page.expect_event("dialog") as asked:  # one of them is labelled already
        page.keyboard.press("7")
    assert "1 of these" in asked.value.message
    until(
        page,
        "n => import('/js/state.js').then(({ state }) => [...state.labels.values()].filter((one) => one.class_id === 7).length === n)",
        chosen,
    )
    name = state(page)["ids"][33]
    page.keyboard.press("t")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    until(page, "import('/js/state.js').then(({ state }) => state.current === 33)")
    page.keyboard.press(".")
    until(page, "name => import('/js/state.js').then(({ state }) => state.scene.scene !== name)", name.split("_")[0])
    page.keyboard.press("?")
    page.locator("#help-dialog").wait_for()
    page.keyboard.press("Enter")
    assert not page.locator("#help-dialog").is_visible()


def test_two_people_see_each_others_labels(visit, server):
    ann, bob = visit(), visit()
    for page, name in ((ann, "Ann"), (bob, "Bob")):
        page.locator("#author").fill(name)
        page.locator("#author").press("Tab")
    click(ann, 20)
    ann.keyboard.press("3")
    assert set(labelled(bob, 1).values()) == {3}
    click(bob, 20)
    bob.locator("#tile-said").get_by_text("Ann,").wait_for()
    bob.keyboard.press("5")
    until(ann, "import('/js/state.js').then(({ state }) => [...state.labels.values()][0].author === 'Bob')")
    ann.keyboard.press("u")
    until(ann, "document.querySelector('#hint').textContent.includes('0 split-images')")
    assert stored(server)[["class_id", "author"]].to_numpy().tolist() == [[5, "Bob"]]


def test_predictions_are_shown_and_accepted(visit, server):
    page = visit()
    for layer in ("confidence", "disagreement", "applicability", "difference", "orientation", "none", "labels"):
        page.locator("#layer").select_option(layer)
        page.wait_for_timeout(300)
        assert not page.locator("#hint").is_visible()
    page.locator("#layer").select_option("predictions")
    page.locator("#model").select_option("resnet18")
    until(page, "document.querySelector('#accept-all').textContent.includes('in view')")
    everything = int(page.locator("#accept-all").text_content().split()[1])
    page.locator("#minimum").fill("0.8")
    until(page, "n => Number(document.querySelector('#accept-all').textContent.split(' ')[1]) < n", everything)
    sure = int(page.locator("#accept-all").text_content().split()[1])
    scene = state(page)["scene"]
    table = tables.read(server.folder / "results" / "classes" / "resnet18" / f"{scene}.parquet")
    assert everything == len(table) and sure == (table["confidence"] >= 0.8).sum()
    page.locator("#accept-all").click()
    accepted = labelled(page, sure)
    assert accepted == table[table["confidence"] >= 0.8].set_index("tile_id")["class_id"].to_dict()
    assert set(stored(server)["origin"]) == {"resnet18-0123456789ab, round 1"}
    unsure = int(table["confidence"].argmin())
    click(page, unsure)
    page.locator("#tile-said button").first.wait_for()
    page.keyboard.press("e")
    assert labelled(page, sure + 1)[table["tile_id"][unsure]] == table["class_id"][unsure]
    page.keyboard.press("u")
    page.keyboard.press("u")
    labelled(page, 0)


def test_classes_are_added_changed_and_deleted_and_names_are_only_text(visit, server):
    page = visit()
    page.get_by_role("button", name="Add a class").click()
    page.get_by_label("Name", exact=True).fill("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Save").click()
    page.locator("#class-dialog .bad").get_by_text("expected none of the characters").wait_for()
    page.get_by_label("Name", exact=True).fill("Blue 'Ice' é")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Change Blue 'Ice' é").click()
    page.get_by_label("Name", exact=True).fill("Blue Ice")
    page.get_by_label("Colour", exact=True).fill("#0072b3")
    page.get_by_role("button", name="Save").click()
    page.locator("#class-dialog").wait_for(state="hidden")
    assert (server.folder / "mine" / "classes.tsv").read_text().splitlines()[-1] == "12\tBlue Ice\t#0072b3\t"
    assert "Blue Ice" not in (server.folder / "config" / "classes.tsv").read_text()
    taken = (server.folder / "mine" / "classes_given.tsv").read_text()
    assert taken == (server.folder / "config" / "classes.tsv").read_text()
    click(page, 10)
    page.locator(".class-name", has_text="Blue Ice").click()
    labelled(page, 1)
    page.get_by_role("button", name="Change Blue Ice").click()
    assert page.get_by_role("button", name="Delete").is_disabled()
    page.get_by_role("button", name="Cancel").click()
    page.keyboard.press("u")
    labelled(page, 0)
    page.get_by_role("button", name="Change Blue Ice").click()
    page.get_by_role("button", name="Delete").click()
    page.locator(".class-name", has_text="Blue Ice").wait_for(state="detached")


def test_an_earlier_state_is_brought_back(visit):
    page = visit()
    click(page, 10)
    page.keyboard.press("1")
    labelled(page, 1)
    page.keyboard.press("d")
    page.keyboard.press("2")
    labelled(page, 2)
    page.get_by_role("button", name="History", exact=True).click()
    page.get_by_role("button", name="Back to before this").first.click()
    assert list(labelled(page, 1).values()) == [1]


def test_a_kill_in_the_midst_of_labelling_loses_nothing_that_was_confirmed(visit, server):
    page = visit()
    page.evaluate("""async () => {
      const { state } = await import("/js/state.js");
      const { change } = await import("/js/api.js");
      window.confirmed = [];
      for (const name of state.scene.tile_ids.slice(0, 150)) {
        change("api/labels", { tile_ids: [name], class_id: 3 }).then((answer) => answer && window.confirmed.push(name));
      }
    }""")
    until(page, "window.confirmed.length > 12")
    server.kill()
    until(page, "document.querySelector('#saved').textContent.startsWith('not saved: The server does not answer')")
    confirmed = page.evaluate("window.confirmed")
    found = set(stored(server)["tile_id"])
    assert set(confirmed) <= found and len(found) <= len(confirmed) + 1 and len(confirmed) < 150
    server.start()
    page.goto(server.address().split("?")[0])
    assert "Open the URL printed by the server" in page.content()
    page.goto(server.address())
    assert found <= set(labelled(page, 150))  # what was not confirmed has waited, and is sent now


@pytest.mark.parametrize("width", [390, 1000])
def test_a_narrow_window_will_do(visit, width):
    page = visit(width=width, height=800)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    click(page, 40)
    page.keyboard.press("2")
    labelled(page, 1)
    page.locator(".class-name", has_text="Chaos").click()
    until(page, "import('/js/state.js').then(({ state }) => [...state.labels.values()][0].class_id === 9)")


def test_a_queue_is_gone_through(visit, server):
    names = tables.read(server.folder / "results" / "tiles" / "20170528.parquet", ["tile_id"])["tile_id"][[5, 50, 20]]
    queue = {"tile_id": names, "scene": "20170528", "rank": [1, 2, 3], "reason": "uncertain", "class_id": 2, "confidence": 0.4}
    path = server.folder / "results" / "labels" / "queue.parquet"
    path.parent.mkdir(exist_ok=True)
    pd.DataFrame(queue).to_parquet(path)
    try:
        page = visit()
        for name in names:
            page.keyboard.press("n") if name == names.iloc[0] else None  # after a label the page goes on by itself
            until(page, "name => document.querySelector('#tile-id').value === name", name)
            page.keyboard.press("4")
        assert labelled(page, 3) == dict.fromkeys(names, 4)
        until(page, "document.querySelector('#hint').textContent.includes('last of the list')")
    finally:
        path.unlink()


def test_doubtful_labels_are_gone_through_and_each_once(visit, server):
    page = visit()
    names = state(page)["ids"][3:6]
    for name in names:
        page.evaluate(
            """async (name) => (await import("/js/api.js")).change("api/labels", { tile_ids: [name], class_id: 2 })""", name
        )
    table = pd.DataFrame({"tile_id": names, "scene": "20160625", "class_id": 2, "proposed_id": 5, "score": [0.1, 0.2, 0.3]})
    path = server.folder / "results" / "labels" / "label_errors.parquet"
    path.parent.mkdir(exist_ok=True)
    table.to_parquet(path)
    try:
        page.reload()
        labelled(page, 3)
        page.locator("#list").select_option("label_errors")
        page.locator("#list").blur()
        page.keyboard.press("n")
        for name, key in zip(names, "525", strict=True):  # the second keeps its class
            until(page, "name => document.querySelector('#tile-id').value === name", name)
            page.keyboard.press(key)
        until(page, "document.querySelector('#hint').textContent.includes('last of the list')")
        until(page, "import('/js/state.js').then(({ state }) => !state.pending.size)")
        assert labelled(page, 3) == dict(zip(names, (5, 2, 5), strict=True))
    finally:
        path.unlink()


def test_fifty_labels_are_given_by_keys_within_a_minute(visit, server):
    """Someone who looks a third of a second at each split-image, as it is shown, and presses the key of what is seen."""
    page = visit()
    seen = {}
    begun = time.monotonic()
    page.keyboard.press("n")
    for number in range(50):
        until(
            page,
            "n => import('/js/state.js').then(({ state }) => state.current >= 0 && state.pending.size + state.labels.size >= n)",
            number,
        )
        until(page, "(({ complete, naturalWidth }) => complete && naturalWidth)(document.querySelector('#tile-image'))")
        name, key = page.locator("#tile-id").input_value(), str(1 + number % 9)
        assert name not in seen
        page.wait_for_timeout(330)
        page.keyboard.press(key)
        seen[name] = int(key)
    until(page, "import('/js/state.js').then(({ state }) => !state.pending.size)")
    assert labelled(page, 50) == seen
    assert time.monotonic() - begun < 60
    assert stored(server).set_index("tile_id")["class_id"].to_dict() == seen


def test_brightness_and_contrast_follow_the_mouse_and_a_view_keeps_them(visit):
    page = visit()
    low, high = (float(page.locator(name).input_value()) for name in ("#low", "#high"))
    page.mouse.move(700, 450)
    page.mouse.down(button="right")
    page.mouse.move(1000, 450, steps=4)  # 300 pixels to the right: twice the contrast
    assert "stretch-filter" in page.evaluate("document.querySelector('.leaflet-tile-pane').style.filter")
    page.mouse.up(button="right")
    until(page, "low => Number(document.querySelector('#low').value) > low", low)
    new = [float(page.locator(name).input_value()) for name in ("#low", "#high")]
    assert abs((new[1] - new[0]) / (high - low) - 0.5) < 0.02 and abs(sum(new) - low - high) < 3
    page.locator("#layer").select_option("predictions")
    page.keyboard.press("+")
    page.wait_for_timeout(600)
    kept = state(page)
    page.locator("#views").select_option("Save this view …")
    page.get_by_label("Name of the view").fill("front")
    page.keyboard.press("Enter")
    page.keyboard.press(".")
    until(page, "name => import('/js/state.js').then(({ state }) => state.scene.scene !== name)", kept["scene"])
    page.reload()
    until(page, "document.querySelectorAll('.leaflet-tile-loaded').length")
    page.locator("#views").select_option("front")
    until(page, "name => import('/js/state.js').then(({ state }) => state.scene.scene === name)", kept["scene"])
    until(page, "document.querySelector('#layer').value === 'predictions'")
    again = state(page)
    assert again["zoom"] == kept["zoom"] and all(abs(a - b) < 1 for a, b in zip(again["centre"], kept["centre"], strict=True))
    assert float(page.locator("#low").input_value()) == new[0]


def test_the_map_tells_scale_and_true_north(visit):
    page = visit()
    turned = page.evaluate("Number(document.querySelector('#north').style.transform.match(/[0-9.]+/)[0])")
    assert 290 < turned < 310  # Svalbard in EPSG:3413: the meridian leans some 60 degrees to the left
    assert "the map grid's north is" in page.locator("#north-frame").get_attribute("title")
    text, width = page.evaluate(
        "(({ textContent, offsetWidth }) => [textContent, offsetWidth])(document.querySelector('.leaflet-control-scale-line'))"
    )
    metres = float(text.removesuffix(" km")) * 1000 if text.endswith("km") else float(text.removesuffix(" m"))
    page.mouse.move(700, 450)
    pixel_m = page.evaluate("import('/js/state.js').then(({ state }) => state.scene.ground_m)")
    assert abs(metres / (width * pixel_m / 2 ** state(page)["zoom"]) - 1) < 0.05


def test_targets_count_places_and_another_date_gives_a_second_opinion(visit):
    page = visit()
    names = state(page)["ids"]
    page.evaluate(
        """async (names) => (await import("/js/api.js")).change("api/labels", { tile_ids: names, class_id: 4 })""",
        [names[0], names[-1]],
    )
    page.locator(".class-name", has_text="2 in 2").wait_for()
    assert "wanted: 48 more labels, 8 more places" in page.locator(".class-name", has_text="2 in 2").get_attribute("title")
    click(page, 40)
    page.locator("#opinion summary").click()
    page.locator("#opinion-said").get_by_text("ResNet-18:").wait_for()
    assert page.locator("#opinion-image").evaluate("image => image.decode().then(() => image.naturalWidth)") == 48


def test_an_address_opens_again_in_the_same_browser(visit, server):
    page = visit()
    first = server.address()
    page.goto(first)  # a new one, used here
    page.goto(first)
    until(page, "document.querySelector('#class-total')?.textContent")
    assert "token" not in page.url


@pytest.mark.parametrize("width", [390, 800, 1400])
def test_no_rule_of_accessibility_is_broken(visit, width):
    page = visit(width=width, height=800)
    click(page, 40)
    page.locator("#tile-said button").first.wait_for()
    page.locator("#opinion summary").click()
    page.locator("#opinion-said .said").first.wait_for()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


def test_labels_of_the_page_are_trained_on(visit, server):
    """A person labels most tiles of two scenes and accepts what a model says of the rest; people's labels alone validate."""
    page = visit()
    page.locator("#layer").select_option("predictions")
    for scene in ("20160625", "20170528"):
        until(page, "name => import('/js/state.js').then(({ state }) => state.scene.scene === name)", scene)
        until(
            page,
            """Promise.all([import("/js/state.js"), import("/js/layers.js")]).then(
          ([{ state }, { predicted }]) => state.scene.tile_ids.some((_, position) => predicted(position) !== null))""",
        )
        page.evaluate("""async () => {
          const { state } = await import("/js/state.js");
          const { predicted } = await import("/js/layers.js");
          const { change } = await import("/js/api.js");
          for (const { class_id } of state.classes) {
            const tile_ids = state.scene.tile_ids.filter((_, position) => position % 5 && predicted(position) === class_id);
            if (tile_ids.length) await change("api/labels", { tile_ids, class_id });
          }
        }""")
        n = len(state(page)["labels"])
        page.locator("#accept-all").click()
        until(page, "n => import('/js/state.js').then(({ state }) => state.labels.size > n)", n)
        page.keyboard.press(".")
    table = stored(server)
    target = "results/models/random/variomlp/model.json"
    run = subprocess.run(server.command(target), cwd=server.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.returncode == 0, run.stdout[-4000:]  # while the page is open
    found = tables.read(server.folder / "results" / "labels" / "labels.parquet").set_index("tile_id").loc[table["tile_id"]]
    assert set(found["source"]) == {"mine/labels.gpkg"} and found["class_id"].tolist() == table["class_id"].tolist()
    assert found["origin"].tolist() == table["origin"].tolist() and found["origin"].nunique() == 2
    assert (server.folder / target).is_file()
