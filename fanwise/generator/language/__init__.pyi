from .document.resources import ready_names as ready_names
from .document.resources import ready_text as ready_text
from .document.resources import schema_text as schema_text
from .loading import load as load
from .shape.specialised import language_text as language_text
from .shape.specialised import specialised_schema as specialised_schema
from .spec import Dataset as Dataset
