from field_app.app import start
from field_app.loading import finish as finish  # the page waits for it: see assets/web/worker.js

start()
