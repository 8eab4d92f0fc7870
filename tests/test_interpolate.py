"""Residents between the censuses, finer residents, and a user's own."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas_analysis.errors import DataError
from sas_analysis.reference.age_sex import AGE_BANDS, age_sex_residents
from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reference.census import census_years
from sas_analysis.reference.forces import territorial_forces
from sas_analysis.reference.interpolate import interpolated_residents, middle, read_residents
from sas_analysis.reference.population import residents

GROUPS = ["White", "Mixed", "Asian", "Black", "Other"]


def by_group(table):
    return table.set_index("ethnicity_5")["residents"]


@pytest.mark.parametrize("groups", ["ethnicity_5", "ethnicity_5_2001"])
@pytest.mark.parametrize("year", [2011, 2021])
def test_census_2011_and_2021_are_met_exactly(year, groups):
    ours = interpolated_residents(territorial_forces(), year, groups=groups)
    census = residents(territorial_forces(), year, by=["force", groups])
    assert len(ours) == 215
    pd.testing.assert_series_equal(ours["residents"], census["residents"].astype(float), check_names=False)
    assert ours[["force", "ethnicity_5"]].to_numpy().tolist() == census[["force", groups]].to_numpy().tolist()


def test_black_residents_of_the_metropolitan_area_halfway():
    start, end = (by_group(residents("metropolitan", year))["Black"] for year in (2011, 2021))
    halfway = by_group(interpolated_residents("metropolitan", 2016))["Black"]
    assert halfway == pytest.approx((start * end) ** 0.5, rel=1e-12)
    fifth = by_group(interpolated_residents("metropolitan", 2013))["Black"]
    assert fifth == pytest.approx(start * (end / start) ** 0.2, rel=1e-12)


def test_chinese_moves_from_other_to_asian_with_the_grouping():
    new, old = (by_group(interpolated_residents("kent", 2016, groups=g)) for g in ("ethnicity_5", "ethnicity_5_2001"))
    assert new["Asian"] > old["Asian"]
    assert new["Other"] < old["Other"]
    assert new["White"] == old["White"]


@given(time=st.floats(2011, 2021), later=st.floats(0, 1))
def test_a_growing_group_grows_at_every_time(time, later):
    later = min(2021, time + later)
    first, last = (by_group(interpolated_residents("metropolitan", t))["Black"] for t in (time, later))
    assert first <= last * (1 + 1e-12)


def test_the_middle_of_a_year_ending_in_march():
    assert middle("2015-04", "2016-03") == 2015.5
    assert middle("2011-04", "2011-04") == pytest.approx(2011 + 1 / 24, abs=1e-6)
    with pytest.raises(ValueError, match=r"ends \(2015-01\) before it begins \(2015-02\)"):
        middle("2015-02", "2015-01")


def test_faults_of_the_question_are_told_at_once():
    after = census_years()[-1] + 1
    with pytest.raises(ValueError, match=rf"{after} is not between[\s\S]*self_defined_ethnicity"):
        interpolated_residents("kent", after, groups="self_defined_ethnicity")
    with pytest.raises(ValueError, match="did you mean"):
        interpolated_residents("met", 2015)


# Local authorities, and age by sex


def test_local_authorities_census_2011_and_2021():
    for year, authorities, everyone in ((2011, 348, 56_075_912), (2021, 331, 59_597_578)):
        table = authority_residents(year)
        assert table["authority_code"].nunique() == authorities
        assert table["residents"].sum() == everyone
        assert table.groupby("authority_code").size().eq(5).all()


def test_southwark_census_2021():
    table = authority_residents(2021, force="metropolitan").query("authority == 'Southwark'")
    assert len(authority_residents(2021, force="metropolitan")) == 32 * 5
    old = authority_residents(2021, force="metropolitan", groups="ethnicity_5_2001").query("authority == 'Southwark'")
    assert table["residents"].sum() == old["residents"].sum()
    moved = by_group(table)["Asian"] - by_group(old)["Asian"]
    assert moved == by_group(old)["Other"] - by_group(table)["Other"] > 5_000  # Chinese residents


def test_authority_faults_are_told_at_once():
    with pytest.raises(ValueError, match=r"census 2001 is not carried[\s\S]*known by age[\s\S]*did you mean"):
        authority_residents(2001, force="met", groups="age")


def test_age_by_sex_census_2011():
    table = age_sex_residents()
    assert len(table) == 43 * 5 * 2 * 5
    assert table["residents"].sum() == 56_075_912
    assert table["age_range"].cat.categories.tolist() == list(AGE_BANDS)
    kent = age_sex_residents("kent")
    assert kent.groupby("ethnicity_5")["residents"].sum().to_dict() == by_group(residents("kent", 2011)).to_dict()
    assert set(kent["gender"]) == {"Female", "Male"}
    with pytest.raises(ValueError, match="btp"):
        age_sex_residents("btp")


# A user's own residents


def write(path, rows, header="force,ethnicity_5,residents"):
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_users_residents(tmp_path):
    rows = [f"kent,{group},{n}" for group, n in zip(GROUPS, [1000, 20, 30.5, 40, 0], strict=True)]
    table = read_residents(write(tmp_path / "r.csv", rows))
    assert table.columns.tolist() == ["force", "ethnicity_5", "residents"]
    assert table["residents"].tolist() == [1000, 20, 30.5, 40, 0]


def test_a_users_faults_are_told_at_once(tmp_path):
    rows = ["kent,White,10", "kent,White,11", "atlantis,Black,1", "kent,Purple,2", "kent,Mixed,=1+1", "kent,Asian,-3"]
    with pytest.raises(DataError) as error:
        read_residents(write(tmp_path / "r.csv", rows))
    text = str(error.value)
    assert "5 faults" in text
    assert "an unknown force: line 4: atlantis, Black, 1" in text
    assert "line 5: kent, Purple, 2" in text
    assert "2 row(s) with residents that are not a number, 0 or more: line 6: kent, Mixed, =1+1; line 7" in text
    assert "second time: line 3" in text
    assert "2 force(s) lack a group: atlantis: White, Mixed, Asian, Other; kent: Black, Other" in text


def test_a_users_residents_may_be_of_areas(tmp_path):
    rows = [f"E05000001,{group},{n},kent" for n, group in enumerate(GROUPS)]
    table = read_residents(write(tmp_path / "r.csv", rows, "area_code,ethnicity_5,residents,force"))
    assert table.columns.tolist() == ["area_code", "ethnicity_5", "residents"]
    assert table["residents"].tolist() == [0, 1, 2, 3, 4]
    bad = ["E05000001,White,1", "E05000001,White,1", ",Black,1"]
    path = write(tmp_path / "r.csv", bad, "area_code,ethnicity_5,residents")
    with pytest.raises(DataError) as error:
        read_residents(path)
    assert "no area code: line 4" in str(error.value)
    assert "an area code and group for a second time: line 3" in str(error.value)
    assert "2 area code(s) lack a group" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b'"', b"force,ethnicity_5,residents\n"])
def test_what_is_no_table_of_residents_is_refused_by_name(tmp_path, content):
    (tmp_path / "r.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"r\.csv"):
        read_residents(tmp_path / "r.csv")


@given(number=st.sampled_from(["inf", "nan", "1e9", "9" * 400, "0x10", "1_000", "٣", "100000001", ""]))
def test_no_odd_number_is_taken(tmp_path_factory, number):
    rows = [f"kent,{group},{number}" for group in GROUPS]
    with pytest.raises(DataError, match="5 row"):
        read_residents(write(tmp_path_factory.mktemp("r") / "r.csv", rows))
