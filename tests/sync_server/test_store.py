from datetime import date
from sqlalchemy import Engine
from shared import ids
from sync_server import store, database

TODAY = date(2026, 3, 10)
ME = store.Sender("90", "giromagny", "device-1")

def enc(**k):
    d = {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "place_type": "mairie"}
    return {"id": ids.new_id(TODAY), "kind": "encounter", "revision": 1, "fields": d | k}

def test_x(engine: Engine) -> None:
    a = enc(); b = enc(commune="x"); 
    print(store.accept(engine, ME, [a, b, 5], TODAY))
    print(store.accept(engine, ME, [a], TODAY))
    a2 = a | {"revision": 2, "base_revision": 1, "fields": a["fields"] | {"gender": "femme"}}
    print(store.accept(engine, ME, [a2], TODAY))
    print(store.accept(engine, ME, [a], TODAY))
    with database.reading(engine) as c:
        print(store.page(c, store.Sender("90","giromagny","d2"), None, 100, date(2026,1,1)))
    
