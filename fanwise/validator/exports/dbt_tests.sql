{# Written by Fanwise (gen dbt). Generic tests that dbt does not have. #}

{% test fanwise_unique(model, columns) %}
select {{ columns | join(', ') }}, count(*) as rows_alike
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{% test fanwise_refers(model, columns, to, keys) %}
select {{ columns | join(', ') }} from {{ model }} as child
where {% for column in columns %}child.{{ column }} is not null and {% endfor %}not exists (
  select 1 from {{ to }} as parent
  where {% for column in columns %}{{ 'and ' if not loop.first }}
    parent.{{ keys[loop.index0] }} = child.{{ column }} {% endfor %}
)
{% endtest %}

{% test fanwise_range(model, column_name, least=none, most=none) %}
select {{ column_name }} from {{ model }}
where {% if least is not none %}{{ column_name }} < {{ least }}{% endif %}
{%- if least is not none and most is not none %} or {% endif %}
{%- if most is not none %}{{ column_name }} > {{ most }}{% endif %}
{% endtest %}
